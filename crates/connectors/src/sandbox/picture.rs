//! Pictures with a word in them: a bitmap font and the smallest writer of PNG that readers accept
//! (one bit of grey, no compression).
use base64::{Engine, engine::general_purpose::STANDARD};

/// Pixels a dot of the font is wide and high.
const SCALE: usize = 4;
/// Dots from one letter to the next, and from top to bottom.
const ADVANCE: usize = 6;
const ROWS: usize = 11;

/// The picture of a word as `data:image/png;base64,...`.
pub(super) fn data_uri(word: &str) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(png(word)))
}

/// The picture of a word: black on white.
fn png(word: &str) -> Vec<u8> {
    let width = (word.len() * ADVANCE + 1) * SCALE;
    let height = ROWS * SCALE;
    let row_bytes = width.div_ceil(8);
    let mut pixels = Vec::with_capacity((row_bytes + 1) * height);
    for y in 0..height {
        pixels.push(0); // no filter
        for byte in 0..row_bytes {
            let mut bits = 0u8;
            for bit in 0..8 {
                bits = bits << 1 | u8::from(!is_ink(word, (byte * 8 + bit) / SCALE, y / SCALE));
            }
            pixels.push(bits);
        }
    }
    let mut header = Vec::with_capacity(13);
    header.extend_from_slice(&be32(width));
    header.extend_from_slice(&be32(height));
    header.extend_from_slice(&[1, 0, 0, 0, 0]); // one bit, grey, deflate, no filter method, not interlaced
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, *b"IHDR", &header);
    chunk(&mut out, *b"IDAT", &zlib_stored(&pixels));
    chunk(&mut out, *b"IEND", &[]);
    out
}

/// Whether the dot at this place is black.
fn is_ink(word: &str, x: usize, y: usize) -> bool {
    let (Some(x), Some(y)) = (x.checked_sub(1), y.checked_sub(2)) else { return false };
    let letter = word.as_bytes().get(x / ADVANCE).copied().unwrap_or(b' ');
    let row = glyph(letter).get(y).copied().unwrap_or(0);
    let column = x % ADVANCE;
    column < 5 && row >> (4 - column) & 1 == 1
}

/// Eight rows of five dots; the last row is below the line. Only the letters of the words drawn.
const fn glyph(letter: u8) -> [u8; 8] {
    match letter {
        b'a' => [0, 0, 0b01110, 0b00001, 0b01111, 0b10001, 0b01111, 0],
        b'c' => [0, 0, 0b01110, 0b10001, 0b10000, 0b10001, 0b01110, 0],
        b'e' => [0, 0, 0b01110, 0b10001, 0b11111, 0b10000, 0b01110, 0],
        b'g' => [0, 0, 0b01111, 0b10001, 0b10001, 0b01111, 0b00001, 0b01110],
        b'h' => [0b10000, 0b10000, 0b10110, 0b11001, 0b10001, 0b10001, 0b10001, 0],
        b'l' => [0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110, 0],
        b'n' => [0, 0, 0b10110, 0b11001, 0b10001, 0b10001, 0b10001, 0],
        b'o' => [0, 0, 0b01110, 0b10001, 0b10001, 0b10001, 0b01110, 0],
        b'r' => [0, 0, 0b10110, 0b11001, 0b10000, 0b10000, 0b10000, 0],
        b't' => [0b00100, 0b00100, 0b01110, 0b00100, 0b00100, 0b00101, 0b00010, 0],
        b'w' => [0, 0, 0b10001, 0b10001, 0b10101, 0b10101, 0b01010, 0],
        _ => [0; 8],
    }
}

fn chunk(out: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    out.extend_from_slice(&be32(data.len()));
    out.extend_from_slice(&name);
    out.extend_from_slice(data);
    let crc = crc32(name.iter().chain(data).copied());
    out.extend_from_slice(&crc.to_be_bytes());
}

/// The bytes as a zlib stream of stored blocks.
fn zlib_stored(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let blocks = data.chunks(0xffff);
    let last = blocks.len().saturating_sub(1);
    for (index, block) in blocks.enumerate() {
        let len = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(index == last));
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&adler32(data).to_be_bytes());
    out
}

fn be32(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes()
}

fn adler32(data: &[u8]) -> u32 {
    let (a, b) = data.iter().fold((1u32, 0u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

fn crc32(bytes: impl Iterator<Item = u8>) -> u32 {
    !bytes.fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(byte),
            |crc, _| {
                if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_of_the_standards() {
        assert_eq!(crc32(b"123456789".iter().copied()), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_picture_is_a_png_and_always_the_same() {
        let png = png("correct");
        assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
        assert_eq!(png[16..24], [0, 0, 0, 172, 0, 0, 0, 44], "172 x 44");
        assert!(png.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"));
        assert_eq!(data_uri("correct"), data_uri("correct"));
        assert_ne!(data_uri("correct"), data_uri("wrong"));
    }

    #[test]
    fn every_letter_of_the_words_has_a_shape() {
        for letter in "correctwrongchallenge".bytes() {
            assert_ne!(glyph(letter), [0; 8], "{}", char::from(letter));
        }
    }
}
