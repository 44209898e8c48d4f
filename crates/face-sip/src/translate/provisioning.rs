//! The settings that clients get. \[MS-SIPREGE\] 2.2.2.5
//!
//! Nothing is named that isn't there: clients ask for every address that they are given.

use rapport_core::directory::Tenant;
use rapport_msbody::provisioning::{
    self, MediaEncryption, MeetingPolicy, Provisioning, RequestedGroups, ServerConfiguration, UcPolicy,
    UserSetting,
};

/// Writes the groups that a person of the company asks for.
pub(crate) fn document(requested: RequestedGroups, tenant: &Tenant) -> String {
    let groups = Provisioning {
        server_configuration: requested.server_configuration.then(|| server_configuration(tenant)),
        meeting_policy: requested.meeting_policy.then(meeting_policy),
        uc_policy: requested.uc_policy.then(uc_policy),
        user_setting: requested.user_setting.then(UserSetting::default),
    };
    let mut out = String::with_capacity(2048);
    provisioning::encode(&groups, &mut out);
    out
}

fn server_configuration(tenant: &Tenant) -> ServerConfiguration<'_> {
    ServerConfiguration {
        organization: Some(&tenant.display_name),
        media_encryption: MediaEncryption::Support,
        address_book_web_service: Some(false),
        list_expansion: Some(false),
        port_range: Some(None),
        ..ServerConfiguration::default()
    }
}

/// There are no meetings.
fn meeting_policy() -> MeetingPolicy<'static> {
    MeetingPolicy {
        name: Some("Default"),
        allow_ip_audio: Some(false),
        allow_ip_video: Some(false),
        enable_data_collaboration: Some(false),
        app_desktop_sharing: Some("None"),
        app_sharing_for_external: Some("None"),
        allow_presenter_to_record: Some(false),
        meeting_size: None,
        enable_pstn_conferencing: Some(false),
    }
}

/// There is no telephony.
fn uc_policy() -> UcPolicy<'static> {
    UcPolicy {
        name: Some("Default"),
        allow_simultaneous_ringing: Some(false),
        allow_call_forwarding: Some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{lines, tenant};
    use super::*;

    #[test]
    fn nothing_is_promised_that_is_not_there() {
        let all = document(RequestedGroups::ALL, &tenant());
        insta::assert_snapshot!(lines(&all));
        assert!(!all.contains("Uri>") && !all.contains("Url>"), "{all}");
    }

    #[test]
    fn a_group_not_asked_for_is_left_out() {
        let requested = RequestedGroups { uc_policy: true, ..RequestedGroups::default() };
        let document = document(requested, &tenant());
        assert_eq!(document.matches("<provisionGroup ").count(), 1, "{document}");
    }
}
