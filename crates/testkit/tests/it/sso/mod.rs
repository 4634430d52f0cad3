mod api_token;
mod sessions;
