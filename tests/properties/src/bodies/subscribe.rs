//! Subscriptions to presence, new and legacy, and the provisioning that clients ask for.

use rapport_msbody::provisioning::{self, RequestedGroups};
use rapport_msbody::subscribe::{self, BatchSubscribe};
use rapport_msbody::watch::{ListedResource, ResourceState, encode_list};
use rapport_msbody::xml::attribute;

use super::{reads_as, well_formed};

/// The bytes are a `batchSub`, an `adhoclist` or a `provisioningGroupList`.
pub(crate) fn check(data: &[u8]) {
    if let Ok(request) = subscribe::parse(data) {
        let written = if request.legacy { written_legacy(&request) } else { written(&request) };
        reads_as(&request, &written, subscribe::parse);
        let listed: Vec<_> = request.actions.iter().flat_map(|action| &action.resources).collect();
        assert!(listed.len() <= subscribe::MAX_RESOURCES);
        let resources: Vec<_> = listed
            .iter()
            .map(|resource| ListedResource {
                uri: &resource.uri,
                state: if resource.context {
                    ResourceState::Active
                } else {
                    ResourceState::Terminated { reason: "noresource" }
                },
            })
            .collect();
        let mut out = String::new();
        encode_list(&request.uri, 0, true, &resources, &mut out);
        well_formed(&out);
    }
    if let Ok(groups) = provisioning::parse(data) {
        reads_as(&groups, &written_groups(groups), provisioning::parse);
    }
}

fn written(request: &BatchSubscribe) -> String {
    let mut out = String::from("<batchSub");
    attribute(&mut out, "uri", &request.uri);
    out.push('>');
    for action in &request.actions {
        assert!(action.categories.len() <= subscribe::MAX_CATEGORIES);
        out.push_str("<action");
        attribute(&mut out, "name", if action.subscribe { "subscribe" } else { "unsubscribe" });
        attribute(&mut out, "id", &action.id);
        out.push_str("><adhocList>");
        for resource in &action.resources {
            out.push_str("<resource");
            attribute(&mut out, "uri", &resource.uri);
            out.push_str(if resource.context { "><context/></resource>" } else { "/>" });
        }
        out.push_str("</adhocList><categoryList>");
        for category in &action.categories {
            out.push_str("<category");
            attribute(&mut out, "name", category);
            out.push_str("/>");
        }
        out.push_str("</categoryList></action>");
    }
    out + "</batchSub>"
}

fn written_legacy(request: &BatchSubscribe) -> String {
    let mut out = String::from("<adhoclist");
    attribute(&mut out, "uri", &request.uri);
    out.push_str("><create>");
    for resource in request.actions.iter().flat_map(|action| &action.resources) {
        out.push_str("<resource");
        attribute(&mut out, "uri", &resource.uri);
        out.push_str(if resource.context { "><context/></resource>" } else { "/>" });
    }
    out + "</create></adhoclist>"
}

fn written_groups(groups: RequestedGroups) -> String {
    let mut out = String::from("<provisioningGroupList>");
    for (name, wanted) in [
        ("ServerConfiguration", groups.server_configuration),
        ("meetingPolicy", groups.meeting_policy),
        ("ucPolicy", groups.uc_policy),
        ("userSetting", groups.user_setting),
    ] {
        if wanted {
            out.push_str("<provisioningGroup");
            attribute(&mut out, "name", name);
            out.push_str("/>");
        }
    }
    out + "</provisioningGroupList>"
}
