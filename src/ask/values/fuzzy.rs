//! Which known word a misspelt one means: by sound or by few edits, found through an
//! index of words with one letter left out, never by a scan.

use strsim::osa_distance;

use super::phonetic::key;

/// A word taken for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The known word.
    pub word: String,
    /// Edits between the two.
    pub distance: usize,
}

/// Known words, found by near spelling or like sound.
#[derive(Debug, Clone, Default)]
pub struct Speller {
    words: Vec<Box<str>>,
    /// Sorted hashes of every word, and of every word with one letter left out.
    spelling: Vec<(u32, u32)>,
    /// The same of the words' sounds.
    sound: Vec<(u32, u32)>,
}

/// FNV-1a, enough to spread short words.
fn hash(chars: impl Iterator<Item = char>) -> u32 {
    chars.fold(2_166_136_261_u32, |h, c| (h ^ u32::from(c)).wrapping_mul(16_777_619))
}

fn variants(word: &str) -> impl Iterator<Item = u32> + '_ {
    let length = word.chars().count();
    std::iter::once(hash(word.chars())).chain(
        (0..length)
            .map(move |skip| hash(word.chars().enumerate().filter(move |(i, _)| *i != skip).map(|(_, c)| c))),
    )
}

impl Speller {
    /// An index over `words`; words shorter than four letters or with digits are left out.
    pub fn new<'a>(words: impl Iterator<Item = &'a str>) -> Speller {
        let mut all: Vec<Box<str>> = words
            .filter(|w| w.chars().count() >= 4 && w.chars().all(char::is_alphabetic))
            .map(Box::from)
            .collect();
        all.sort_unstable();
        all.dedup();
        let (mut spelling, mut sound) = (Vec::new(), Vec::new());
        for (id, word) in (0u32..).zip(&all) {
            spelling.extend(variants(word).map(|h| (h, id)));
            sound.extend(variants(&key(word)).map(|h| (h, id)));
        }
        for list in [&mut spelling, &mut sound] {
            list.sort_unstable();
            list.dedup();
            list.shrink_to_fit();
        }
        Speller { words: all, spelling, sound }
    }

    /// Known words near `word`, the nearest first. At most one edit for short words, two
    /// from seven letters on; one more if they sound alike.
    pub fn near(&self, word: &str) -> Vec<Correction> {
        let length = word.chars().count();
        if length < 4 || !word.chars().all(char::is_alphabetic) {
            return Vec::new();
        }
        let mut ids: Vec<u32> = variants(word).flat_map(|h| hits(&self.spelling, h)).collect();
        let sound = key(word);
        ids.extend(variants(&sound).flat_map(|h| hits(&self.sound, h)));
        ids.sort_unstable();
        ids.dedup();
        let mut found: Vec<(bool, Correction)> = ids
            .into_iter()
            .filter_map(|id| {
                let known = self.words.get(id as usize)?;
                let distance = osa_distance(word, known);
                let alike = key(known) == sound;
                plausible(word, known, distance, alike, &sound)
                    .then(|| (alike, Correction { word: known.to_string(), distance }))
            })
            .collect();
        // A word that sounds the same is a letter nearer ("mallo" is "mayo" before it is "mall").
        let far = |(alike, c): &(bool, Correction)| c.distance.saturating_sub(usize::from(*alike));
        found.sort_by(|a, b| (far(a), !a.0, &a.1.word).cmp(&(far(b), !b.0, &b.1.word)));
        found.into_iter().map(|(_, c)| c).collect()
    }

    /// Known words that look somewhat like `word`: to suggest, never to correct.
    pub fn alike(&self, word: &str, most: usize) -> Vec<String> {
        let limit = (word.chars().count() / 3).max(1);
        let ids = variants(word).flat_map(|h| hits(&self.spelling, h)).chain({
            let sound = key(word);
            variants(&sound).flat_map(|h| hits(&self.sound, h)).collect::<Vec<_>>()
        });
        let mut found: Vec<(usize, &str)> = ids
            .filter_map(|id| self.words.get(id as usize))
            .map(|known| (osa_distance(word, known), &**known))
            .filter(|(distance, _)| *distance <= limit)
            .collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().take(most).map(|(_, w)| w.to_string()).collect()
    }

    /// All the words that are nearest, equally near.
    pub fn nearest(&self, word: &str) -> Vec<Correction> {
        let mut near = self.near(word);
        let least = near.first().map_or(0, |c| c.distance);
        near.retain(|c| c.distance == least);
        near
    }

    /// The one word meant, if one is clearly nearer than all others.
    pub fn correct(&self, word: &str) -> Option<Correction> {
        let near = self.near(word);
        let best = near.first()?;
        let rival = near.get(1);
        let sound = key(word);
        let clear = rival.is_none_or(|second| {
            second.distance > best.distance
                || (key(&best.word) == sound && key(&second.word) != sound)
                || super::super::normalize::stem(&second.word) == super::super::normalize::stem(&best.word)
        });
        clear.then(|| best.clone())
    }
}

/// Whether one may be a typing error of the other: one edit, or two in a long word that
/// still sounds nearly the same. A vowel for another near the end is grammar, not an error
/// ("costa", "costo"), and in a short word any letter for another makes another word.
fn plausible(word: &str, known: &str, distance: usize, alike: bool, sound: &str) -> bool {
    let length = word.chars().count();
    let nearly = || osa_distance(&key(known), sound) <= 1;
    let near = match distance {
        0 | 1 => true,
        2 => alike || (length >= 7 && nearly()),
        3 => alike && length >= 8,
        _ => false,
    };
    let same_start = known.chars().next() == word.chars().next();
    if !near || !(same_start || alike || (distance == 1 && length >= 8)) {
        return false;
    }
    alike || distance != 1 || length >= 9 || !is_inflection(word, known, length)
}

fn is_inflection(word: &str, known: &str, length: usize) -> bool {
    let differing: Vec<usize> =
        word.chars().zip(known.chars()).enumerate().filter(|(_, (a, b))| a != b).map(|(i, _)| i).collect();
    let known_length = known.chars().count();
    if known_length < length {
        // One letter too many in a short word, unless it was struck twice.
        let twice = word.as_bytes().windows(2).any(|w| w.first() == w.last());
        return length <= 5 && !twice;
    }
    if known_length > length {
        // A letter left out inside a short word, never its first or last one.
        return length <= 4 && !(length == 4 && word.chars().last() == known.chars().last());
    }
    let [at] = differing.as_slice() else { return false };
    let vowel = |w: &str| w.chars().nth(*at).is_some_and(|c| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u'));
    let vowels = vowel(word) && vowel(known);
    if length == 5 { !(vowels && *at + 1 < length) } else { length < 5 || (*at + 2 >= length && vowels) }
}

fn hits(list: &[(u32, u32)], hash: u32) -> impl Iterator<Item = u32> + '_ {
    let from = list.partition_point(|(h, _)| *h < hash);
    list.iter().skip(from).take_while(move |(h, _)| *h == hash).take(64).map(|(_, id)| *id)
}
