mod clock;
mod data;
mod documented;
mod faults;
mod words;
