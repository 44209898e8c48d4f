//! `application/vnd-microsoft-roaming-provisioning-v2+xml`: settings the server gives to clients.
//! \[MS-SIPREGE\] 2.2.2.4, 2.2.2.5
//!
//! Request and answer differ in the names of their elements and in their namespaces. What has no value
//! is left out, but for `ucPC2PCAVEncryption`: without it SIPE demands encryption.

use crate::xml::{Reader, attribute, element};
use crate::{BodyError, What};

/// The content type of request and answer.
pub const CONTENT_TYPE: &str = "application/vnd-microsoft-roaming-provisioning-v2+xml";
/// How many groups one request may name.
pub const MAX_GROUPS: usize = 64;

/// Which groups a client asks for. Groups that are not known are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RequestedGroups {
    /// `ServerConfiguration`.
    pub server_configuration: bool,
    /// `meetingPolicy`.
    pub meeting_policy: bool,
    /// `ucPolicy`.
    pub uc_policy: bool,
    /// `userSetting`.
    pub user_setting: bool,
}

impl RequestedGroups {
    /// All groups: what a subscription without a body gets.
    pub const ALL: Self =
        Self { server_configuration: true, meeting_policy: true, uc_policy: true, user_setting: true };
}

/// Reads a request.
///
/// # Errors
///
/// When the body is malformed or exceeds a limit.
pub fn parse(body: &[u8]) -> Result<RequestedGroups, BodyError> {
    let mut reader = Reader::new(body)?;
    reader.expect_root("provisioningGroupList")?;
    let mut groups = RequestedGroups::default();
    let mut count = 0;
    while let Some(child) = reader.child()? {
        if child.local == "provisioningGroup" {
            count += 1;
            if count > MAX_GROUPS {
                return Err(reader.error(What::TooMany { of: "groups", limit: MAX_GROUPS }));
            }
            match reader.require("name")?.trim() {
                "ServerConfiguration" => groups.server_configuration = true,
                "meetingPolicy" => groups.meeting_policy = true,
                "ucPolicy" => groups.uc_policy = true,
                "userSetting" => groups.user_setting = true,
                _ => {}
            }
        }
        reader.skip()?;
    }
    reader.finish()?;
    Ok(groups)
}

/// The groups to be written; a group that is `None` is left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Provisioning<'a> {
    /// Addresses and switches of the server.
    pub server_configuration: Option<ServerConfiguration<'a>>,
    /// What meetings allow.
    pub meeting_policy: Option<MeetingPolicy<'a>>,
    /// What calls allow.
    pub uc_policy: Option<UcPolicy<'a>>,
    /// Settings of the user.
    pub user_setting: Option<UserSetting<'a>>,
}

/// Whether media between two computers is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MediaEncryption {
    /// If both can.
    #[default]
    Support,
    /// Always.
    Require,
    /// Never.
    DoNotSupport,
}

impl MediaEncryption {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Support => "SupportEncryption",
            Self::Require => "RequireEncryption",
            Self::DoNotSupport => "DoNotSupportEncryption",
        }
    }
}

/// Least and greatest ports of media and of dynamic SIP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    /// Least port of media.
    pub media_min: u16,
    /// Greatest port of media.
    pub media_max: u16,
    /// Least dynamic port of SIP.
    pub sip_min: u16,
    /// Greatest dynamic port of SIP.
    pub sip_max: u16,
}

/// The group `ServerConfiguration`, as far as Communicator 2007 R2 knows it.
#[derive(Debug, Clone, Copy, Default)]
pub struct ServerConfiguration<'a> {
    /// For instance `VGA-600K`.
    pub max_video_rate: Option<&'a str>,
    /// Base of the address book files, seen from inside.
    pub address_book_internal_url: Option<&'a str>,
    /// Base of the address book files, seen from outside.
    pub address_book_external_url: Option<&'a str>,
    /// Whether the address book is asked instead of downloaded.
    pub address_book_web_service: Option<bool>,
    /// Whether media between two computers is encrypted; always written.
    pub media_encryption: MediaEncryption,
    /// Name of the organisation.
    pub organization: Option<&'a str>,
    /// Expansion of distribution lists, seen from inside. SIPE also searches there when it is given.
    pub list_expansion_internal_url: Option<&'a str>,
    /// Expansion of distribution lists, seen from outside.
    pub list_expansion_external_url: Option<&'a str>,
    /// Whether distribution lists can be expanded.
    pub list_expansion: Option<bool>,
    /// Updates of clients and devices, seen from inside.
    pub updates_internal_url: Option<&'a str>,
    /// Updates of clients and devices, seen from outside.
    pub updates_external_url: Option<&'a str>,
    /// Whether there are updates.
    pub updates: Option<bool>,
    /// Where errors send people, inside.
    pub helpdesk_internal_url: Option<&'a str>,
    /// Where errors send people, outside.
    pub helpdesk_external_url: Option<&'a str>,
    /// Where the meeting console is found, inside.
    pub console_download_internal_url: Option<&'a str>,
    /// Where the meeting console is found, outside.
    pub console_download_external_url: Option<&'a str>,
    /// Whether ports are restricted: `Some(None)` says that they are not.
    pub port_range: Option<Option<PortRange>>,
    /// Whether calls are reported.
    pub qos: Option<bool>,
    /// DSCP of voice, for telephones.
    pub diff_serv_voice: Option<u32>,
    /// 802.1p class of voice, for telephones.
    pub voice_802_1p: Option<u32>,
    /// Whether telephones lock.
    pub enforce_pin_lock: Option<bool>,
    /// Least length of a PIN.
    pub min_pin_length: Option<u32>,
    /// Seconds until a telephone locks.
    pub phone_time_out: Option<u32>,
    /// Minutes between looks for voice mail.
    pub exchange_mwi_poll: Option<u32>,
    /// For instance `High`.
    pub sip_security_mode: Option<&'a str>,
    /// Whether telephones log.
    pub user_logging: Option<bool>,
    /// The pool's URI.
    pub pool_uri: Option<&'a str>,
    /// Media relay authentication; clients ask it as soon as they see it.
    pub mras_uri: Option<&'a str>,
    /// Where reports of calls go.
    pub qos_uri: Option<&'a str>,
    /// Name of the dial plan.
    pub location_profile: Option<&'a str>,
    /// Where conferences are made; clients ask for its capabilities as soon as they see it.
    pub focus_factory_uri: Option<&'a str>,
    /// Where voice mail is heard.
    pub voice_mail_uri: Option<&'a str>,
}

/// The group `meetingPolicy`; left out when nothing in it has a value.
#[derive(Debug, Clone, Copy, Default)]
pub struct MeetingPolicy<'a> {
    /// Its name.
    pub name: Option<&'a str>,
    /// Audio in conferences.
    pub allow_ip_audio: Option<bool>,
    /// Video in conferences.
    pub allow_ip_video: Option<bool>,
    /// Web conferences.
    pub enable_data_collaboration: Option<bool>,
    /// `None`, `SingleApplication` or `Desktop`.
    pub app_desktop_sharing: Option<&'a str>,
    /// `None`, `SingleApplication` or `Desktop`, for people from outside.
    pub app_sharing_for_external: Option<&'a str>,
    /// Whether presenters may record.
    pub allow_presenter_to_record: Option<bool>,
    /// How many people may meet.
    pub meeting_size: Option<u32>,
    /// Dial-in conferences.
    pub enable_pstn_conferencing: Option<bool>,
}

/// The group `ucPolicy`; left out when nothing in it has a value.
#[derive(Debug, Clone, Copy, Default)]
pub struct UcPolicy<'a> {
    /// Its name.
    pub name: Option<&'a str>,
    /// Whether several telephones may ring at once.
    pub allow_simultaneous_ringing: Option<bool>,
    /// Whether calls may be forwarded.
    pub allow_call_forwarding: Option<bool>,
}

/// The group `userSetting`.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserSetting<'a> {
    /// Whether Communicator hides its command to send a file.
    pub disable_file_transfer: bool,
    /// Name of the user's dial plan; the schema wants the element, so it is empty without one.
    pub location_profile: Option<&'a str>,
}

/// Appends the answer.
pub fn encode(provisioning: &Provisioning<'_>, out: &mut String) {
    out.push_str(
        "<provisionGroupList xmlns=\"http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification\">",
    );
    if let Some(configuration) = &provisioning.server_configuration {
        group(out, "ServerConfiguration", |out| server_configuration(configuration, out));
    }
    if let Some(policy) = &provisioning.meeting_policy {
        instance(out, "meetingPolicy", &meeting_policy(policy));
    }
    if let Some(policy) = &provisioning.uc_policy {
        let ring = policy.allow_simultaneous_ringing.map(boolean);
        let forward = policy.allow_call_forwarding.map(boolean);
        instance(
            out,
            "ucPolicy",
            &[
                ("Name", policy.name.map(ToOwned::to_owned)),
                ("AllowSimultaneousRinging", ring),
                ("AllowCallForwarding", forward),
            ],
        );
    }
    if let Some(setting) = &provisioning.user_setting {
        group(out, "userSetting", |out| {
            element(out, "disableFileTransfer", &boolean(setting.disable_file_transfer));
            element(out, "ucUserLocationProfile", setting.location_profile.unwrap_or_default());
        });
    }
    out.push_str("</provisionGroupList>");
}

fn boolean(value: bool) -> String {
    value.to_string()
}

fn group(out: &mut String, name: &str, content: impl FnOnce(&mut String)) {
    out.push_str("<provisionGroup");
    attribute(out, "name", name);
    out.push('>');
    content(out);
    out.push_str("</provisionGroup>");
}

/// Writes a group of properties. The schema forbids an empty instance, so nothing is left of it.
fn instance(out: &mut String, name: &str, properties: &[(&str, Option<String>)]) {
    if properties.iter().all(|(_, value)| value.is_none()) {
        return;
    }
    group(out, name, |out| {
        out.push_str("<instance>");
        for (name, value) in properties {
            let Some(value) = value else { continue };
            out.push_str("<property");
            attribute(out, "name", name);
            out.push('>');
            crate::xml::escape_text(out, value);
            out.push_str("</property>");
        }
        out.push_str("</instance>");
    });
}

fn meeting_policy(policy: &MeetingPolicy<'_>) -> [(&'static str, Option<String>); 9] {
    let text = |value: Option<&str>| value.map(ToOwned::to_owned);
    [
        ("Name", text(policy.name)),
        ("AllowIPAudio", policy.allow_ip_audio.map(boolean)),
        ("AllowIPVideo", policy.allow_ip_video.map(boolean)),
        ("EnableDataCollaboration", policy.enable_data_collaboration.map(boolean)),
        ("EnableAppDesktopSharing", text(policy.app_desktop_sharing)),
        ("AllowAppSharingForExternalMeeting", text(policy.app_sharing_for_external)),
        ("AllowPresenterToRecord", policy.allow_presenter_to_record.map(boolean)),
        ("MeetingSize", policy.meeting_size.map(|size| size.to_string())),
        ("EnablePSTNConferencing", policy.enable_pstn_conferencing.map(boolean)),
    ]
}

fn server_configuration(configuration: &ServerConfiguration<'_>, out: &mut String) {
    let mut text = |name: &str, value: Option<&str>| {
        // SIPE takes an empty element for none, and a blank one for a value.
        if let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) {
            element(out, name, value);
        }
    };
    let flag = |value: Option<bool>| value.map(|value| if value { "true" } else { "false" });
    text("ucMaxVideoRateAllowed", configuration.max_video_rate);
    text("absInternalServerUrl", configuration.address_book_internal_url);
    text("absExternalServerUrl", configuration.address_book_external_url);
    text("absWebServiceEnabled", flag(configuration.address_book_web_service));
    text("ucPC2PCAVEncryption", Some(configuration.media_encryption.as_str()));
    text("organization", configuration.organization);
    text("dlxInternalUrl", configuration.list_expansion_internal_url);
    text("dlxExternalUrl", configuration.list_expansion_external_url);
    text("dlxEnabled", flag(configuration.list_expansion));
    text("updatesServerInternalUrl", configuration.updates_internal_url);
    text("updatesServerExternalUrl", configuration.updates_external_url);
    text("updatesServerEnabled", flag(configuration.updates));
    text("helpdeskInternalUrl", configuration.helpdesk_internal_url);
    text("helpdeskExternalUrl", configuration.helpdesk_external_url);
    text("consoleDownloadInternalUrl", configuration.console_download_internal_url);
    text("consoleDownloadExternalUrl", configuration.console_download_external_url);
    text("ucPortRangeEnabled", flag(configuration.port_range.map(|range| range.is_some())));
    let numbers = |number: u32| number.to_string();
    if let Some(range) = configuration.port_range.flatten() {
        text("ucMinMediaPort", Some(&numbers(range.media_min.into())));
        text("ucMaxMediaPort", Some(&numbers(range.media_max.into())));
        text("ucMinSipDynamicPort", Some(&numbers(range.sip_min.into())));
        text("ucMaxSipDynamicPort", Some(&numbers(range.sip_max.into())));
    }
    text("qosEnabled", flag(configuration.qos));
    text("ucDiffServVoice", configuration.diff_serv_voice.map(numbers).as_deref());
    text("ucVoice802_1p", configuration.voice_802_1p.map(numbers).as_deref());
    text("ucEnforcePinLock", flag(configuration.enforce_pin_lock));
    text("ucMinPinLength", configuration.min_pin_length.map(numbers).as_deref());
    text("ucPhoneTimeOut", configuration.phone_time_out.map(numbers).as_deref());
    text("ucExchangeMWIPoll", configuration.exchange_mwi_poll.map(numbers).as_deref());
    text("ucEnableSIPSecurityMode", configuration.sip_security_mode);
    text("ucEnableUserLogging", flag(configuration.user_logging));
    text("poolUri", configuration.pool_uri);
    text("mrasUri", configuration.mras_uri);
    text("qosUri", configuration.qos_uri);
    text("ucLocationProfile", configuration.location_profile);
    text("focusFactoryUri", configuration.focus_factory_uri);
    text("voiceMailUri", configuration.voice_mail_uri);
}
