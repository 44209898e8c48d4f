//! The server's documents: a name, a note or an address can hold any text without breaking the document around it.

use rapport_msbody::fault::{self, WrongVersion};
use rapport_msbody::legacy::{AccessEntry, encode_access_list, encode_provisioning, encode_watchers};
use rapport_msbody::soap::{FaultCode, encode_add_group, encode_fault};
use rapport_msbody::time;
use rapport_msbody::value::{
    AddressBookCard, Phone, Service, encode_address_book, encode_identity, encode_legacy_interop,
    encode_services,
};
use rapport_msbody::watch::Multipart;

use crate::bodies::well_formed;

/// The text is what somebody is called.
pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let text = text.as_ref();
    let number = data.first().copied().map_or(0, u32::from) << 24 | 0x00FF_FFFF;
    let phones = [Phone { kind: "work", uri: text, display: Some(text) }];
    let documents: [&dyn Fn(&mut String); 9] = [
        &|out| encode_identity(text, Some(text), out),
        &|out| encode_services(text, &[service(number)], out),
        &|out| encode_legacy_interop(number, out),
        &|out| encode_address_book(&card(text, &phones), out),
        &|out| encode_watchers(number, &[(text, text), ("", "")], out),
        &|out| encode_access_list(number, &[AccessEntry { kind: text, mask: text, rights: text }], out),
        &|out| encode_provisioning(text, out),
        &|out| encode_fault(FaultCode::Server, text, out),
        &|out| encode_add_group(number, out),
    ];
    for document in documents {
        let mut out = String::new();
        document(&mut out);
        well_formed(&out);
    }
    let mut out = String::new();
    fault::encode_wrong_delta(&[WrongVersion { position: number as usize, current: number }], &mut out);
    well_formed(&out);
    if let Some(moment) = time::parse(text) {
        let mut out = String::new();
        time::push_millis(&mut out, moment);
        assert_eq!(time::parse(&out), Some(moment), "{text}");
    }
    let mut multipart = Multipart::new("boundary", "<list/>", 64);
    multipart.push(text, "<categories/>");
    let body = multipart.finish();
    let parts = body.lines().filter(|line| line.starts_with("--boundary")).count();
    assert_eq!(parts, 3, "nobody's address makes a part of its own");
}

fn service(availability: u32) -> Service<'static> {
    Service { name: "text", capture: true, render: true, device_availability: availability }
}

fn card<'a>(text: &'a str, phones: &'a [Phone<'a>]) -> AddressBookCard<'a> {
    AddressBookCard {
        company: Some(text),
        title: Some(text),
        office: Some(text),
        department: None,
        url: Some(text),
        phones,
    }
}
