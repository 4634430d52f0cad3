//! The challenges of the bank. Source: `spec: sandbox, 2`.
use super::{picture, words::Quiz};
use crate::{Challenge, ChallengeOption};
use domain::enums::FieldType;

/// The set of challenges of a question.
pub(super) fn challenges(quiz: Quiz) -> Vec<Challenge> {
    match quiz {
        Quiz::Text => vec![text("What city were you born in?")],
        Quiz::Options => {
            let words = ["correct", "challenge", "wrong", "BAD_REQUEST", "LOCKED"];
            let options = words.map(|word| option(word, word)).to_vec();
            vec![Challenge { options, ..question(FieldType::Options, "Which of these is right?") }]
        }
        Quiz::Image => {
            let image_data = Some(picture::data_uri("correct"));
            let label = "What does the picture say?";
            vec![Challenge { image_data, ..question(FieldType::ImageData, label) }]
        }
        Quiz::ImageOptions => {
            let pictures = ["correct", "wrong", "challenge"];
            let options = pictures
                .map(|word| ChallengeOption { data_uri: Some(picture::data_uri(word)), ..option(word, word) })
                .to_vec();
            vec![Challenge { options, ..question(FieldType::ImageOptions, "Which picture is yours?") }]
        }
        Quiz::Token => vec![question(FieldType::Token, "Enter the code that was sent to you.")],
        Quiz::Delivery => {
            let options = vec![option("Text message", "sms"), option("E-mail", "email")];
            let label = "How shall the code be sent to you?";
            vec![Challenge { options, ..question(FieldType::Options, label) }]
        }
        Quiz::Many => vec![
            text("What city were you born in?"),
            text("What was the name of your first pet?"),
            text("What was the make of your first car?"),
        ],
    }
}

fn text(label: &str) -> Challenge {
    question(FieldType::Text, label)
}

fn question(field_type: FieldType, label: &str) -> Challenge {
    Challenge {
        field_type,
        label: label.to_owned(),
        field_name: Some(label.to_owned()),
        image_data: None,
        options: Vec::new(),
    }
}

fn option(label: &str, value: &str) -> ChallengeOption {
    ChallengeOption { label: label.to_owned(), value: value.to_owned(), data_uri: None }
}
