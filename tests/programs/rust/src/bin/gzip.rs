//! flate2: compresses the file named first at every level into the folder named second, and reads each back.
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use std::io::{Read, Write};
use std::path::Path;

fn main() -> std::io::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let data = std::fs::read(&args[1])?;
    let folder = Path::new(&args[2]);
    std::fs::create_dir_all(folder)?;
    for level in 0..=9 {
        let path = folder.join(format!("level{level}.gz"));
        let mut encoder = GzEncoder::new(std::fs::File::create(&path)?, Compression::new(level));
        for part in data.chunks(1000) {
            encoder.write_all(part)?;
        }
        encoder.finish()?.sync_all()?;
        let mut back = Vec::new();
        GzDecoder::new(std::fs::File::open(&path)?).read_to_end(&mut back)?;
        assert_eq!(back, data);
        println!("level {level}: {} bytes", std::fs::metadata(&path)?.len());
    }
    let mut names: Vec<String> = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().into_string().unwrap()))
        .collect::<std::io::Result<_>>()?;
    names.sort();
    println!("{names:?}");
    std::fs::remove_file(folder.join("level0.gz"))?;
    std::fs::rename(folder.join("level9.gz"), folder.join("best.gz"))?;
    println!("{:?}", std::fs::File::open(folder.join("level9.gz")).err().map(|e| e.kind()));
    Ok(())
}
