mod clock;
mod documented;
mod faults;
mod words;
