//! The code pages in which an RTF text writes octets: by the number that it says for itself, and by the set of characters
//! that it says of a font (RTF 1.9.1, "Character Set", "Font Table"; [MS-WMF] 2.1.1.5).

use encoding_rs::Encoding;

/// How octets become characters.
pub(crate) type CodePage = &'static Encoding;

/// What a text is written in unless it says otherwise.
pub(crate) const WESTERN: CodePage = encoding_rs::WINDOWS_1252;

/// The code page of a number (`\ansicpg`, `\cpg`); none of one that nobody's RTF is written in.
pub(crate) fn numbered(number: i64) -> Option<CodePage> {
    Some(match number {
        866 => encoding_rs::IBM866,
        874 => encoding_rs::WINDOWS_874,
        932 => encoding_rs::SHIFT_JIS,
        936 => encoding_rs::GBK,
        949 => encoding_rs::EUC_KR,
        950 => encoding_rs::BIG5,
        1250 => encoding_rs::WINDOWS_1250,
        1251 => encoding_rs::WINDOWS_1251,
        1252 => WESTERN,
        1253 => encoding_rs::WINDOWS_1253,
        1254 => encoding_rs::WINDOWS_1254,
        1255 => encoding_rs::WINDOWS_1255,
        1256 => encoding_rs::WINDOWS_1256,
        1257 => encoding_rs::WINDOWS_1257,
        1258 => encoding_rs::WINDOWS_1258,
        10_000 => encoding_rs::MACINTOSH,
        65_001 => encoding_rs::UTF_8,
        _ => return None,
    })
}

/// The code page of a font's set of characters (`\fcharset`); none of a set that has none of its own.
pub(crate) fn of_charset(charset: i64) -> Option<CodePage> {
    numbered(match charset {
        0 => 1252,
        77 => 10_000,
        128 => 932,
        129 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    })
}

/// Whether such an octet is the first of two of a character.
pub(crate) fn is_lead(page: CodePage, octet: u8) -> bool {
    if page == encoding_rs::SHIFT_JIS {
        matches!(octet, 0x81..=0x9f | 0xe0..=0xfc)
    } else {
        [encoding_rs::GBK, encoding_rs::EUC_KR, encoding_rs::BIG5].contains(&page)
            && matches!(octet, 0x81..=0xfe)
    }
}
