mod clock;
mod words;
