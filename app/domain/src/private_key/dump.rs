//! Dumps of a file with the place at the start of each line, as `xxd`, `hexdump`, `od`, `Format-Hex` and debuggers
//! print them.

use super::numbers;

/// The fewest bytes that are worth a look.
const FEWEST: usize = 28;
/// The most bytes on one line of a dump.
const WIDEST: usize = 256;

/// One line: its place as it is written, and what follows.
struct Line<'a> {
    place: &'a str,
    cells: &'a str,
}

/// What the lines with a place stand for, in each way in which a dump may be written.
pub(super) fn decoded(text: &str) -> Vec<Vec<u8>> {
    let lines: Vec<Line<'_>> = text.lines().filter_map(line).collect();
    if lines.len() < 2 {
        return Vec::new();
    }
    let mut found = Vec::new();
    for radix in [16, 8, 10] {
        let widths = widths(&lines, radix);
        if widths.iter().any(Option::is_some) {
            found.extend(WAYS.iter().map(|way| cells(&lines, &widths, *way)));
        }
    }
    found.push(lines.iter().flat_map(|line| characters(line.cells)).collect());
    found.retain(|bytes: &Vec<u8>| bytes.len() >= FEWEST);
    found.sort();
    found.dedup();
    found
}

fn line(text: &str) -> Option<Line<'_>> {
    let text = text.trim_start();
    let end = text.find([' ', '\t', ':'])?;
    let (place, cells) = text.split_at(end);
    let place = place.strip_prefix("0x").unwrap_or(place);
    let is_place = place.len() >= 4 && place.len() <= 16 && place.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_place.then(|| Line { place, cells: cells.strip_prefix(':').unwrap_or(cells) })
}

/// How many bytes each line has: as far as the next one's place. The last has as many as the one before, at most.
fn widths(lines: &[Line<'_>], radix: u32) -> Vec<Option<usize>> {
    let places: Vec<Option<usize>> = lines.iter().map(|line| usize::from_str_radix(line.place, radix).ok()).collect();
    let step = |pair: &[Option<usize>]| pair[1]?.checked_sub(pair[0]?).filter(|step| (1..=WIDEST).contains(step));
    let mut widths: Vec<Option<usize>> = places.windows(2).map(step).collect();
    widths.push(widths.last().copied().flatten());
    widths
}

/// How one cell is written.
type Way = fn(&str) -> Option<Vec<u8>>;

const WAYS: [Way; 7] = [hexadecimal, hexadecimal_reversed, octal_byte, octal_word, decimal_byte, decimal_word, binary];

/// The cells of all lines, up to each line's width; what stands beside them is the same in letters. Nothing where most
/// lines have more cells of this kind than fit: then their places were written in another radix.
fn cells(lines: &[Line<'_>], widths: &[Option<usize>], way: Way) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut overflows = 0;
    for (line, width) in lines.iter().zip(widths) {
        let Some(width) = *width else { continue };
        let end = bytes.len() + width;
        let found = line.cells.split([' ', '\t', '|']).filter(|cell| !cell.is_empty()).map_while(way);
        for cell in found {
            if bytes.len() >= end {
                overflows += 1;
                break;
            }
            bytes.extend(cell);
        }
        bytes.truncate(end);
    }
    if overflows * 2 > lines.len() { Vec::new() } else { bytes }
}

fn hexadecimal(cell: &str) -> Option<Vec<u8>> {
    let digits = cell.strip_prefix("0x").unwrap_or(cell);
    let fits =
        digits.len().is_multiple_of(2) && digits.len() <= 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then(|| crate::hex::decode(digits.bytes()))
}

/// Words as a processor with the lowest byte first has them.
fn hexadecimal_reversed(cell: &str) -> Option<Vec<u8>> {
    hexadecimal(cell).map(|bytes| bytes.into_iter().rev().collect())
}

fn octal_byte(cell: &str) -> Option<Vec<u8>> {
    (cell.len() == 3).then(|| u8::from_str_radix(cell, 8).ok().map(|byte| vec![byte]))?
}

fn octal_word(cell: &str) -> Option<Vec<u8>> {
    (cell.len() == 6).then(|| u16::from_str_radix(cell, 8).ok().map(|word| word.to_le_bytes().to_vec()))?
}

fn decimal_byte(cell: &str) -> Option<Vec<u8>> {
    cell.parse::<u8>().ok().map(|byte| vec![byte])
}

fn decimal_word(cell: &str) -> Option<Vec<u8>> {
    cell.parse::<u16>().ok().map(|word| word.to_le_bytes().to_vec())
}

fn binary(cell: &str) -> Option<Vec<u8>> {
    (cell.len() == 8).then(|| u8::from_str_radix(cell, 2).ok().map(|byte| vec![byte]))?
}

/// Cells of four columns, each a character, an escape or three octal digits: `od -c`.
fn characters(cells: &str) -> Vec<u8> {
    let cells: Vec<char> = cells.chars().collect();
    let byte = |cell: &[char]| {
        let cell: String = cell.iter().collect();
        match cell.trim().as_bytes() {
            [] => Some(b' '),
            [byte] => Some(*byte),
            [b'\\', letter] => numbers::named(*letter),
            octal => std::str::from_utf8(octal).ok().and_then(|octal| u8::from_str_radix(octal, 8).ok()),
        }
    };
    cells.chunks(4).filter_map(byte).collect()
}
