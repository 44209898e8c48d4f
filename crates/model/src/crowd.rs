//! Ordered lists of which there are as many as people who are watched: they grow by an eighth instead of to the double,
//! since what they hold stands there all day and changes in the morning.

/// Puts an item into an ordered list at its place, and makes room for few more than it.
pub fn insert_in_crowd<T>(list: &mut Vec<T>, at: usize, item: T) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 8).max(4));
    }
    list.insert(at, item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_has_little_room_that_nobody_takes() {
        let (mut list, mut moves) = (Vec::new(), 0);
        for number in 0..1000_u32 {
            let before = list.capacity();
            insert_in_crowd(&mut list, 0, number);
            assert!(list.capacity() <= list.len() + (list.len() / 8).max(4), "{}", list.capacity());
            moves += u32::from(list.capacity() != before);
        }
        assert!(list.iter().rev().copied().eq(0..1000), "each at its place");
        assert!(moves < 50, "{moves} moves for a thousand");
    }
}
