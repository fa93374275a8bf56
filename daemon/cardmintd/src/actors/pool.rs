//! A few equal things, each lent to one borrower at a time.

use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

/// Things that are lent out one by one, in no particular order.
pub struct Pool<T> {
    things: Vec<T>,
    free: Mutex<Vec<usize>>,
    permits: Semaphore,
}

impl<T> Pool<T> {
    /// A pool of these things.
    #[must_use]
    pub fn new(things: Vec<T>) -> Self {
        let size = things.len();
        Self { things, free: Mutex::new((0..size).collect()), permits: Semaphore::new(size) }
    }

    /// How many there are, lent or not.
    #[must_use]
    pub fn size(&self) -> usize {
        self.things.len()
    }

    /// Waits for a free one. It goes back when the loan is dropped. `None` only from an empty pool.
    pub async fn acquire(&self) -> Option<Loan<'_, T>> {
        if self.things.is_empty() {
            return None;
        }
        let permit = self.permits.acquire().await.ok()?;
        let index = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(Loan { pool: self, index, _permit: permit })
    }
}

/// A lent thing.
pub struct Loan<'a, T> {
    pool: &'a Pool<T>,
    index: usize,
    _permit: SemaphorePermit<'a>,
}

impl<T> Deref for Loan<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.pool.things[self.index]
    }
}

impl<T> Drop for Loan<'_, T> {
    fn drop(&mut self) {
        // Before the permit goes, so that whoever gets it finds something.
        self.pool.free.lock().unwrap_or_else(PoisonError::into_inner).push(self.index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_thing_is_lent_to_one_borrower_and_comes_back() {
        let pool = Pool::new(vec!['a', 'b']);
        let (first, second) = (pool.acquire().await.unwrap(), pool.acquire().await.unwrap());
        assert_ne!(*first, *second);
        let lent = *first;
        assert!(futures_util::FutureExt::now_or_never(pool.acquire()).is_none(), "a third borrower was served");
        drop(first);
        assert_eq!(*pool.acquire().await.unwrap(), lent);
    }

    #[tokio::test]
    async fn an_empty_pool_says_so() {
        assert!(Pool::<char>::new(Vec::new()).acquire().await.is_none());
    }
}
