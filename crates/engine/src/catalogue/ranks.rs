//! A set of institutions by rank, one bit each: a search is a handful of passes over some hundred words.

/// A set of ranks below a fixed bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ranks {
    bits: Vec<u64>,
}

impl Ranks {
    /// No rank of `bound`.
    pub(super) fn none(bound: usize) -> Self {
        Self { bits: vec![0; bound.div_ceil(64)] }
    }

    /// No rank, with the bound of this set.
    pub(super) fn none_like(&self) -> Self {
        Self { bits: vec![0; self.bits.len()] }
    }

    /// Adds a rank below the bound.
    pub(super) fn insert(&mut self, rank: u32) {
        if let Some(bits) = self.bits.get_mut(rank as usize / 64) {
            *bits |= 1 << (rank % 64);
        }
    }

    /// Takes a rank out.
    pub(super) fn remove(&mut self, rank: u32) {
        if let Some(bits) = self.bits.get_mut(rank as usize / 64) {
            *bits &= !(1 << (rank % 64));
        }
    }

    /// Adds every rank of another set.
    pub(super) fn add(&mut self, other: &Self) {
        self.bits.iter_mut().zip(&other.bits).for_each(|(mine, theirs)| *mine |= theirs);
    }

    /// Leaves only what another set has too.
    pub(super) fn keep(&mut self, other: &Self) {
        self.bits.iter_mut().zip(&other.bits).for_each(|(mine, theirs)| *mine &= theirs);
    }

    /// Takes out what another set has, and answers with it.
    pub(super) fn split_off(&mut self, other: &Self) -> Self {
        let mut taken = self.clone();
        taken.keep(other);
        self.bits.iter_mut().zip(&other.bits).for_each(|(mine, theirs)| *mine &= !theirs);
        taken
    }

    /// Whether it has no rank.
    pub(super) fn is_empty(&self) -> bool {
        self.bits.iter().all(|bits| *bits == 0)
    }

    /// How many ranks it has.
    pub(super) fn len(&self) -> u64 {
        self.bits.iter().map(|bits| u64::from(bits.count_ones())).sum()
    }

    /// Its ranks, lowest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.bits.iter().zip(0u32..).flat_map(|(bits, word)| {
            let mut left = *bits;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros())?;
                left &= left - 1;
                Some(word * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ranks: &[u32]) -> Ranks {
        let mut set = Ranks::none(200);
        for rank in ranks {
            set.insert(*rank);
        }
        set
    }

    #[test]
    fn ranks_come_back_in_order() {
        let mut set = of(&[199, 0, 63, 64, 5, 5]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 5, 63, 64, 199]);
        assert_eq!(set.len(), 5);
        set.remove(63);
        set.remove(7);
        assert_eq!(set, of(&[0, 5, 64, 199]));
        assert!(!set.is_empty() && of(&[]).is_empty());
    }

    #[test]
    fn sets_are_joined_met_and_split() {
        let mut set = of(&[1, 2, 70]);
        set.add(&of(&[2, 3, 150]));
        assert_eq!(set, of(&[1, 2, 3, 70, 150]));
        set.keep(&of(&[2, 3, 70, 71]));
        assert_eq!(set, of(&[2, 3, 70]));
        assert_eq!(set.split_off(&of(&[3, 4])), of(&[3]));
        assert_eq!(set, of(&[2, 70]));
    }
}
