//! The records, as a file brings them: made once, by the generator of the other peers, since another library's sine
//! would round some of them otherwise.

use serde::{Deserialize, Serialize};
use std::{fs, io, path::Path};

/// The fields of a record in the file: key and id as 32 bits, three numbers as 64 bits, all little-endian.
const RECORD_BYTES: usize = 32;
const FNV_OFFSET: u32 = 0x811c_9dc5;
const FNV_PRIME: u32 = 0x0100_0193;

/// What is stored for a key. The numbers have the width that they have in JavaScript.
#[derive(Serialize, Deserialize)]
pub struct Measurement {
    pub id: u32,
    pub air_humidity: f64,
    pub soil_humidity: f64,
    pub temperature: f64,
}

pub type Entry = (u32, Measurement);

pub fn read(path: &Path) -> io::Result<Vec<Entry>> {
    let bytes = fs::read(path)?;
    if bytes.len() % RECORD_BYTES != 0 {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the file of records ends inside one",
        ));
    }
    Ok(bytes.chunks_exact(RECORD_BYTES).map(decode).collect())
}

fn decode(bytes: &[u8]) -> Entry {
    let whole = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    let number = |at: usize| f64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
    let value = Measurement {
        id: whole(4),
        air_humidity: number(8),
        soil_humidity: number(16),
        temperature: number(24),
    };
    (whole(0), value)
}

/// Tells whether two sets of records are the same, whatever the order: the sum of a hash of each.
#[derive(Default)]
pub struct Digest {
    pub count: u64,
    pub sum: u32,
}

impl Digest {
    pub fn add(&mut self, key: u32, value: &Measurement) {
        let Measurement {
            id,
            air_humidity,
            soil_humidity,
            temperature,
        } = value;
        let mut hash = FNV_OFFSET;
        let mut mix = |bytes: &[u8]| {
            for byte in bytes {
                hash = (hash ^ u32::from(*byte)).wrapping_mul(FNV_PRIME);
            }
        };
        mix(&key.to_le_bytes());
        mix(&id.to_le_bytes());
        for number in [air_humidity, soil_humidity, temperature] {
            mix(&number.to_le_bytes());
        }
        self.count += 1;
        self.sum = self.sum.wrapping_add(hash);
    }
}
