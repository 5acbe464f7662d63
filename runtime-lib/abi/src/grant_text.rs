//! The text forms of grants, as people write them: `HOST[::GUEST][:ro]`, `64MiB`, `500ms`, `[::1]:80`.
//!
//! The command line reads its flags with these functions, and the runtime reads the start variables (`WASMAOT_DIR`
//! and so on) with the same ones, so that both accept the same texts. Nothing here allocates, and no input panics.
//!
//! A flag's value is one text without escapes ([`Syntax::Flag`]). A start variable is a list of items separated by
//! commas, in which a backslash takes the special meaning from `,` `:` and itself ([`Syntax::Item`], [`items`]).

/// Why a text is no grant, as the end of an error line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Error(pub &'static str);

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.0)
    }
}

impl core::error::Error for Error {}

/// Where a text stands, which decides whether it can have escapes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Syntax {
    /// The value of a command-line flag: every character stands for itself.
    Flag,
    /// An item of a start variable: a backslash takes the meaning from the `,`, `:` or backslash after it.
    Item,
}

/// A piece of a text, which may have escapes in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Text<'a> {
    raw: &'a [u8],
    syntax: Syntax,
}

impl<'a> Text<'a> {
    /// The bytes that the text stands for.
    pub fn bytes(self) -> impl Iterator<Item = u8> + Clone + 'a {
        let mut rest = self.raw.iter();
        core::iter::from_fn(move || match rest.next() {
            Some(b'\\') if self.syntax == Syntax::Item => rest.next().copied(),
            byte => byte.copied(),
        })
    }

    /// Bytes that it needs at most.
    pub fn room(self) -> usize {
        self.raw.len()
    }

    fn new(raw: &'a [u8], syntax: Syntax) -> Result<Text<'a>, Error> {
        let mut escaped = false;
        for &byte in raw {
            if byte == 0 {
                return Err(Error("a NUL byte in it"));
            }
            if escaped && !matches!(byte, b',' | b':' | b'\\') {
                return Err(BACKSLASH);
            }
            escaped = is_escape(byte, escaped, syntax);
        }
        if escaped { Err(BACKSLASH) } else { Ok(Text { raw, syntax }) }
    }
}

const BACKSLASH: Error = Error("a backslash can stand only before a comma, a colon or a backslash");

/// Whether the byte after this one is escaped.
fn is_escape(byte: u8, escaped: bool, syntax: Syntax) -> bool {
    syntax == Syntax::Item && byte == b'\\' && !escaped
}

/// Splits a start variable at its commas (but for escaped ones). An empty variable has no items.
pub fn items(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = if list.is_empty() { None } else { Some(list) };
    core::iter::from_fn(move || {
        let list = rest?;
        let mut escaped = false;
        for (at, &byte) in list.iter().enumerate() {
            match byte {
                b',' if !escaped => {
                    rest = list.get(at + 1..);
                    return list.get(..at);
                }
                b'\\' => escaped = !escaped,
                _ => escaped = false,
            }
        }
        rest = None;
        Some(list)
    })
}

/// A folder: `HOST[::GUEST][:ro]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dir<'a> {
    /// Path on the host.
    pub host: Text<'a>,
    /// Path as the program sees it; the host path if not given.
    pub guest: Text<'a>,
    /// Nothing in it can be changed.
    pub read_only: bool,
}

/// Reads `HOST[::GUEST][:ro]`. The first `::` ends the host path.
pub fn dir(text: &[u8], syntax: Syntax) -> Result<Dir<'_>, Error> {
    // Where the first `::` is and the last `:`, of those that are not escaped.
    let (mut split, mut last) = (None, None);
    let mut escaped = false;
    for (at, &byte) in text.iter().enumerate() {
        if byte == b':' && !escaped {
            last = Some(at);
            if split.is_none() && text.get(at + 1) == Some(&b':') {
                split = Some(at);
            }
        }
        escaped = is_escape(byte, escaped, syntax);
    }
    let begin = split.map_or(0, |split| split + 2);
    let end = match last {
        Some(last) if last >= begin && text.get(last + 1..) == Some(b"ro") => last,
        _ => text.len(),
    };
    let path = text.get(begin..end).unwrap_or_default();
    let host = split.map_or(path, |split| text.get(..split).unwrap_or_default());
    if host.is_empty() {
        return Err(Error("the host path is empty"));
    }
    if path.is_empty() {
        return Err(Error("the guest path is empty"));
    }
    if split.is_some() && path == b"ro" {
        return Err(Error("write HOST:ro for read-only, or HOST::./ro for a guest path of that name"));
    }
    Ok(Dir { host: Text::new(host, syntax)?, guest: Text::new(path, syntax)?, read_only: end < text.len() })
}

/// An environment variable: `NAME=VALUE` to set it, `NAME` to inherit it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Env<'a> {
    /// The whole text `NAME=VALUE`.
    Set(Text<'a>),
    /// `NAME`.
    Inherit(Text<'a>),
}

/// Reads `NAME=VALUE` or `NAME`.
pub fn env(text: &[u8], syntax: Syntax) -> Result<Env<'_>, Error> {
    let whole = Text::new(text, syntax)?;
    match text.iter().position(|&byte| byte == b'=') {
        _ if text.is_empty() => Err(Error("the name is empty")),
        Some(0) => Err(Error("the name is empty")),
        Some(_) => Ok(Env::Set(whole)),
        None => Ok(Env::Inherit(whole)),
    }
}

/// Reads any other text with the rules of its syntax, such as the guest path of a grant to remove.
pub fn plain_text(text: &[u8], syntax: Syntax) -> Result<Text<'_>, Error> {
    Text::new(text, syntax)
}

/// The address of a listening socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Address {
    /// IP address; only the first four bytes for IPv4.
    pub ip: [u8; 16],
    /// IPv6, not IPv4.
    pub v6: bool,
    /// TCP port; 0 lets the system choose.
    pub port: u16,
}

/// Reads the address of a listening socket: `IPV4:PORT` or `[IPV6]:PORT`, numbers only. (The address types of `core`
/// would bring ten times the code to the runtime.)
pub fn listen(text: &[u8]) -> Result<Address, Error> {
    address(text).ok_or(Error("not an address and port in numbers, such as 127.0.0.1:8080 or [::1]:8080"))
}

fn address(text: &[u8]) -> Option<Address> {
    let colon = text.iter().rposition(|&byte| byte == b':')?;
    let (host, port) = text.split_at_checked(colon)?;
    let port = u16::try_from(decimal(port.get(1..)?).ok()?).ok()?;
    match host.strip_prefix(b"[") {
        Some(host) => Some(Address { ip: ipv6(host.strip_suffix(b"]")?)?, v6: true, port }),
        None => Some(Address { ip: ipv4(host)?, v6: false, port }),
    }
}

/// Four decimal numbers.
fn ipv4(text: &[u8]) -> Option<[u8; 16]> {
    let mut ip = [0; 16];
    let mut parts = text.split(|&byte| byte == b'.');
    for byte in ip.iter_mut().take(4) {
        let part = parts.next()?;
        // 010 is 8 to some programs and 10 to others.
        if part.len() > 1 && part.starts_with(b"0") {
            return None;
        }
        *byte = u8::try_from(decimal(part).ok()?).ok()?;
    }
    parts.next().is_none().then_some(ip)
}

/// Eight hexadecimal numbers, or fewer around one `::`.
fn ipv6(text: &[u8]) -> Option<[u8; 16]> {
    let mut ip = [0; 16];
    let mut used = 0;
    let mut gap = text.starts_with(b"::").then_some(0);
    let mut rest = if gap.is_some() { text.get(2..)? } else { text };
    while !rest.is_empty() {
        let mut value = 0u16;
        let mut digits = 0;
        while let Some(digit) = rest.first().and_then(|&byte| char::from(byte).to_digit(16)) {
            (value, digits) = (value << 4 | digit as u16, digits + 1);
            rest = rest.get(1..)?;
        }
        if digits == 0 || digits > 4 {
            return None;
        }
        let [high, low] = value.to_be_bytes();
        *ip.get_mut(used)? = high;
        *ip.get_mut(used + 1)? = low;
        used += 2;
        rest = match rest {
            [] => rest,
            [b':', b':', tail @ ..] if gap.is_none() => {
                gap = Some(used);
                tail
            }
            [b':', tail @ ..] if !tail.is_empty() => tail,
            _ => return None,
        };
    }
    match gap {
        None => (used == 16).then_some(ip),
        Some(gap) => {
            // The gap stands for one number at least.
            let zeros = 16usize.checked_sub(used).filter(|&zeros| zeros > 0)?;
            for at in (gap..used).rev() {
                let byte = core::mem::take(ip.get_mut(at)?);
                *ip.get_mut(at + zeros)? = byte;
            }
            Some(ip)
        }
    }
}

/// Reads a size in bytes: a whole number and a unit. `K M G T` and `KiB MiB GiB TiB` are powers of 1024,
/// `KB MB GB TB` powers of 1000, `B` or nothing is bytes; capital or small letters.
pub fn size(text: &[u8]) -> Result<u64, Error> {
    const WRONG: Error = Error("not a size such as 65536, 64MiB or 1G");
    let (mut value, unit) = number(text).ok_or(WRONG)?;
    let (scale, tail) = match unit {
        [] => (0, unit),
        [scale, tail @ ..] => {
            let scale = b"BKMGT".iter().position(|letter| *letter == scale.to_ascii_uppercase());
            (scale.ok_or(WRONG)?, tail)
        }
    };
    let base = match tail {
        [] => 1024,
        [b'i' | b'I', b'b' | b'B'] if scale > 0 => 1024,
        [b'b' | b'B'] if scale > 0 => 1000,
        _ => return Err(WRONG),
    };
    for _ in 0..scale {
        value = value.checked_mul(base).ok_or(Error("too large"))?;
    }
    Ok(value)
}

/// Reads a time span in milliseconds, above zero: a whole number and `ms`, `s`, `m` or `h`; without a unit, seconds.
pub fn duration(text: &[u8]) -> Result<u64, Error> {
    const WRONG: Error = Error("not a time span such as 500ms, 2s or 10m");
    let (number, unit) = number(text).ok_or(WRONG)?;
    let unit: u64 = match unit {
        b"ms" => 1,
        b"" | b"s" => 1000,
        b"m" | b"min" => 60_000,
        b"h" => 3_600_000,
        _ => return Err(WRONG),
    };
    match number.checked_mul(unit) {
        None => Err(Error("too large")),
        Some(0) => Err(Error("must be above zero")),
        Some(milliseconds) => Ok(milliseconds),
    }
}

/// Reads a whole decimal number that fills the text.
pub fn decimal(text: &[u8]) -> Result<u64, Error> {
    match number(text) {
        Some((value, b"")) => Ok(value),
        _ => Err(Error("not a whole number")),
    }
}

/// The leading digits as a number, and what follows.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, unit) = text.split_at_checked(digits)?;
    if digits.is_empty() {
        return None;
    }
    let value =
        digits.iter().try_fold(0u64, |value, digit| value.checked_mul(10)?.checked_add(u64::from(digit - b'0')))?;
    Some((value, unit))
}

#[cfg(test)]
mod tests {
    extern crate alloc;
    use super::*;
    use alloc::{string::String, vec::Vec};

    fn show(text: Text) -> String {
        String::from_utf8(text.bytes().collect()).unwrap()
    }

    fn parts(text: &str, syntax: Syntax) -> Result<(String, String, bool), &'static str> {
        dir(text.as_bytes(), syntax).map(|d| (show(d.host), show(d.guest), d.read_only)).map_err(|e| e.0)
    }

    #[test]
    fn folders() {
        let ok = |h: &str, g: &str, ro| Ok((String::from(h), String::from(g), ro));
        for syntax in [Syntax::Flag, Syntax::Item] {
            assert_eq!(parts(".", syntax), ok(".", ".", false));
            assert_eq!(parts("/a::/b", syntax), ok("/a", "/b", false));
            assert_eq!(parts("/a:ro", syntax), ok("/a", "/a", true));
            assert_eq!(parts("/a::/b:ro", syntax), ok("/a", "/b", true));
            assert_eq!(parts("/a::/b::c:ro", syntax), ok("/a", "/b::c", true));
            assert_eq!(parts("a:b", syntax), ok("a:b", "a:b", false));
            assert_eq!(parts("ro", syntax), ok("ro", "ro", false));
            assert_eq!(parts("a:::b", syntax), ok("a", ":b", false));
            for bad in ["", "::", "::/b", "/a::", ":ro", "/a:::ro", "/a::ro", "a\0b"] {
                assert!(parts(bad, syntax).is_err(), "{bad}");
            }
        }
        assert_eq!(parts(r"a\:\:b::c", Syntax::Item), ok("a::b", "c", false));
        assert_eq!(parts(r"a\::b", Syntax::Item), ok("a::b", "a::b", false));
        assert_eq!(parts(r"a\:ro", Syntax::Item), ok("a:ro", "a:ro", false));
        assert_eq!(parts(r"a\\:ro", Syntax::Item), ok(r"a\", r"a\", true));
        assert_eq!(parts(r"a\,b", Syntax::Item), ok("a,b", "a,b", false));
        assert_eq!(parts(r"a\b::c", Syntax::Flag), ok(r"a\b", "c", false));
        assert!(parts(r"a\b", Syntax::Item).is_err());
        assert!(parts("a\\", Syntax::Item).is_err());
    }

    #[test]
    fn lists() {
        let split = |list: &'static str| items(list.as_bytes()).collect::<Vec<_>>();
        assert!(split("").is_empty());
        assert_eq!(split("a"), [b"a"]);
        assert_eq!(split("a,b"), [b"a", b"b"]);
        assert_eq!(split(",a,"), [&b""[..], b"a", b""]);
        assert_eq!(split(r"a\,b,c"), [&br"a\,b"[..], b"c"]);
        assert_eq!(split(r"a\\,b"), [&br"a\\"[..], b"b"]);
        assert_eq!(split("a\\"), [b"a\\"]);
    }

    #[test]
    fn variables() {
        assert!(matches!(env(b"A=1", Syntax::Flag), Ok(Env::Set(t)) if show(t) == "A=1"));
        assert!(matches!(env(br"A=\d", Syntax::Flag), Ok(Env::Set(t)) if show(t) == r"A=\d"));
        assert!(matches!(env(br"A=1\,2", Syntax::Item), Ok(Env::Set(t)) if show(t) == "A=1,2"));
        assert!(matches!(env(b"A", Syntax::Flag), Ok(Env::Inherit(t)) if show(t) == "A"));
        assert!(matches!(env(b"A=", Syntax::Flag), Ok(Env::Set(t)) if show(t) == "A="));
        assert!(env(b"", Syntax::Flag).is_err());
        assert!(env(b"=1", Syntax::Flag).is_err());
        assert!(env(b"A=\0", Syntax::Flag).is_err());
    }

    #[test]
    fn numbers() {
        for (text, value) in [
            ("0", 0),
            ("65536", 65536),
            ("7B", 7),
            ("64MiB", 64 << 20),
            ("64m", 64 << 20),
            ("1G", 1 << 30),
            ("1GB", 1_000_000_000),
            ("2kb", 2000),
            ("3TiB", 3 << 40),
            ("16777215T", 16777215 << 40),
        ] {
            assert_eq!(size(text.as_bytes()), Ok(value), "{text}");
        }
        for text in ["", "G", "-1", "1X", "1 G", "1.5G", "16777216T", "99999999999999999999", "1BB", "1GiBs", "1ib"] {
            assert!(size(text.as_bytes()).is_err(), "{text}");
        }
        for (text, value) in [("500ms", 500), ("2s", 2000), ("2", 2000), ("3m", 180_000), ("1h", 3_600_000)] {
            assert_eq!(duration(text.as_bytes()), Ok(value), "{text}");
        }
        for text in ["", "0", "0ms", "ms", "1d", "1.5s", "-1s", "99999999999999999h"] {
            assert!(duration(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(decimal(b"12"), Ok(12));
        assert!(decimal(b"12k").is_err());
    }

    /// `core`'s own reading of the text is the judge, but for a scope and an IPv4 address in an IPv6 one.
    #[test]
    fn addresses() {
        for text in [
            "127.0.0.1:80",
            "0.0.0.0:0",
            "255.255.255.255:65535",
            "[::1]:0",
            "[::]:1",
            "[1::]:1",
            "[1:2:3:4:5:6:7:8]:9",
            "[1:2:3::8]:9",
            "[fe80::ABcd:0]:443",
            "[1:2:3:4:5:6:7::]:1",
            "[::2:3:4:5:6:7:8]:1",
            "[1::2::3]:1",
            "[:1]:1",
            "[1:]:1",
            "[1:2:3:4:5:6:7]:1",
            "[1:2:3:4:5:6:7:8::]:1",
            "[1:2:3:4:5:6:7:8:9]:1",
            "[::12345]:1",
            "[]:1",
            "[:::]:1",
            "[::1:]:1",
            "",
            ":",
            "80",
            ":80",
            "localhost:80",
            "127.0.0.1",
            "127.0.0.1:65536",
            "::1:80",
            "1.2.3.4:80 ",
            "\u{fc}",
            "1.2.3:1",
            "1.2.3.4.5:1",
            "1.2.3.256:1",
            "1.2..4:1",
            "01.2.3.4:1",
            "1.2.3.4:",
            "[::1]",
            "[::1:80",
            "::1]:80",
            "[::1]80",
            "[1:2:3:4:5:6:7::8]:1",
            "[::1::]:1",
            "[g::]:1",
            "+1.2.3.4:1",
        ] {
            let wanted = text.parse::<core::net::SocketAddr>().ok().map(|address| (address.ip(), address.port()));
            let got = listen(text.as_bytes()).ok().map(|address| {
                let [a, b, c, d, ..] = address.ip;
                let ip = if address.v6 { core::net::IpAddr::from(address.ip) } else { [a, b, c, d].into() };
                (ip, address.port)
            });
            assert_eq!(got, wanted, "{text}");
        }
        assert!(listen(b"[::1%2]:1").is_err());
    }
}
