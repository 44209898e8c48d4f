## Everywhere

add = Add
add-to = Add to
add-all = Add all
add-person = Add { $name }
added = { $name } is on your Contact List
added-all =
    { $count ->
        [one] { $count } person is on your Contact List
       *[other] { $count } people are on your Contact List
    }
back = Back
block = Block
cancel = Cancel
change = Change
close = Close
copied = Copied
copy = Copy
copy-refused = Your browser didn’t let it be copied. It is selected: copy it by hand.
delete = Delete
loading = Loading …
oneself = { $name } (you)
made = created { $time }
retry = Retry
save = Save
send = Send
since = since { $time }
undo = Undo
used = last used { $time }
you = You
day-today = Today
day-yesterday = Yesterday
time-now = now
time-tomorrow = tomorrow { $time }
time-on-day = { $day } { $time }
unread =
    { $count ->
        [one] { $count } unread message
       *[other] { $count } unread messages
    }

## Signing in

sign-in = Sign in
sign-in-title = Sign in
sign-in-address = Address
sign-in-password = Password
sign-in-hint = Use the address and password of your company. Communicator and Pidgin sign in with a password of their own, which you make in Settings.
sign-out = Sign out
sign-out-unsent = Sign out without sending?
sign-out-unsent-words = Something that you have written in this browser hasn’t been sent. It is deleted when you sign out.
signed-out-replaced = You were signed out because this browser signed in anew.
signed-out-disabled = Your account was disabled. Your administrator can tell you why.
signed-out-unlicensed = Your account has no licence for this any more. Your administrator can give it one.
signed-out-company-disabled = Your company’s service is switched off.
signed-out-password-changed = Your password was changed. Sign in with the new one.
signed-out-removed = Your account was removed.
signed-out-renamed = Your address has changed. Sign in with the new one.
signed-out-too-many-endpoints = You signed in on more devices than your company allows, so this one was signed out.
signed-out-too-slow = This browser couldn’t keep up with what came in, so it was signed out. Sign in again.
signed-out-other-person = Somebody else has signed in, in another tab of this browser.
signed-out-elsewhere = You were signed out here from another tab or another of your browsers.
signed-out-over = Your sign-in in this browser is over. Sign in again; what you wrote here is kept.
signed-out-restored = The server was restored from a backup. Sign in again.

## Without a connection

offline-title = You are offline
offline-words = Rapport can’t reach its server. It tries again by itself; what you have written is kept.
fallen-title = This page has a fault
fallen-words = What you have written is kept. Reload the page; if it comes again, tell your administrator what you did and the line below.
reload = Reload
banner-offline = There is no network. Your messages are kept and go out when it is back; what you see may be old.
banner-reconnecting = Reconnecting … your messages are kept.
banner-now = Try now
banner-unkept = This browser can’t keep what you write: its storage is full, or not allowed. Closing or reloading this page loses what isn’t sent.

## Ways through the client

rail-label = Main
rail-contacts = Contact List
rail-conversations = Conversations
rail-history = History
rail-settings = Settings
rail-with-unread =
    { $count ->
        [one] { $name }, { $count } unread message
       *[other] { $name }, { $count } unread messages
    }
nothing-open-title = Who do you want to talk to?
nothing-open-words = Choose somebody on the left, or press / to find anyone in your company.

## Presence

availability-available = Available
availability-inactive = Inactive
availability-busy = Busy
availability-do-not-disturb = Do Not Disturb
availability-be-right-back = Be Right Back
availability-away = Away
availability-offline = Offline
availability-appear-offline = Appear Offline
availability-unknown = Unknown
availability-blocked = Blocked
activity-on-the-phone = In a call
activity-in-a-conference = In a conference
activity-in-a-meeting = In a meeting
activity-out-of-office = Out of office
activity-urgent-only = Urgent interruptions only
device-desktop = At a computer
device-mobile = On a phone
device-web = In a browser
state-for = { $state } { $time }
state-until = { $state } until { $time }
time-there = { $time } there

## Me

my-status-label = My status: { $state }
for-how-long = For how long
span-half-hour = 30 minutes
span-hour = 1 hour
span-two-hours = 2 hours
span-open = Until I change it
reset-status = Reset status
note-label = My note
note-waits = It stays here, and goes out when the connection is back.
note-overtaken = Not set: since you wrote this ({ $time }), your note was changed elsewhere to “{ $note }”.
note-overtaken-removed = Not set: since you wrote this ({ $time }), your note was removed elsewhere.
note-set = Set this note
note-drop = Discard
note-placeholder = What is on your mind? Others see it.
location-label = Where I am
location-placeholder = Where are you?
on-devices =
    { $count ->
        [one] Signed in on { $count } device
       *[other] Signed in on { $count } devices
    }

## Contact List

view-menu = View and new group
view-by = View by
view-groups = Group
view-availability = Availability
view-name = Name
view-access = Level of Access
sort-by = Sort by
show-offline = Show who is offline
new-group = New group
group-name = Name of the group
rename-group = Rename group
remove-group = Remove group
group-up = Move up
group-down = Move down
group-removed = { $name } was removed
section-favourites = Favourites
section-recent = Recent
section-everyone = Everyone
section-ungrouped = In no group
section-other = Other Contacts
section-reachable = Available or busy
section-away = Away
section-offline = Offline or unknown
section-count = { $reachable }/{ $total }
section-empty = Nobody is in this group yet. Drag somebody here, or take “Move to” in the menu of a contact.
section-all-offline = Everybody is offline.
contact-gone = Has left the company
somebody-gone = Somebody who has left
card-of = Card of { $name }
message-to = Message { $name }
more-for = More for { $name }
send-message = Send a message
open-card = Contact card
await = Tell me when available
await-no-more = No longer tell me
awaited-back = { $name } is available
favourite = Add to Favourites
no-favourite = Remove from Favourites
move-to = Move to
copy-to = Copy to
call-them = Rename
own-name-for = Your name for { $name }
own-name-hint = Leave it empty to show their own name.
take-out = Remove from this group
remove-contact = Remove from Contact List
moved = { $name } is in { $group }
taken-out = { $name } is no longer in { $group }
removed = { $name } was removed from your Contact List
added-you = { $name } added you
added-you-more =
    { $count ->
        [one] { $count } more has added you
       *[other] { $count } more have added you
    }
added-you-and-more =
    { $count ->
        [one] { $name } and { $count } more added you
       *[other] { $name } and { $count } more added you
    }
allow = Allow
allowed = { $name } was allowed
allow-and-add = Allow and add
first-title = Your Contact List is empty
first-words = These are the people you work with, says your company’s directory. You can find everyone else above.
first-nobody = The directory names nobody you work with. Type the name of anyone in your company above to add them.

## Find anyone

find-label = Find anyone
find-placeholder = Find anyone
find-clear = Clear
found-label = People found
found-count =
    { $count ->
        [one] { $count } person found
       *[other] { $count } people found
    }
found-more = There are more. Type more of the name to see fewer.
found-none = Nobody was found for “{ $query }”
found-hint = Names, addresses, phone numbers, titles and departments of your company were searched. Try a part of the name.

## Conversations

talks-empty-title = No conversations yet
talks-empty-words = Choose somebody on your Contact List to begin one.
talks-all = All conversations
draft = Draft: { $words }
you-said = You: { $words }
leave-conversation = Close conversation
talk-oneself = This is you. Nobody can write to themselves here.
standing-blocked = You have blocked { $name }. They see you as offline and can’t reach you.
standing-gone = { $name } has left the company.
standing-offline = { $name } is offline. A message can be delivered only once they sign in.
standing-do-not-disturb = { $name } doesn’t want to be disturbed.
unblock = Unblock
typing = { $name } is typing …
thread-label = Conversation with { $name }
thread-beginning = This is where your conversation with { $name } begins.
thread-keeps-none = Your company keeps no history: what is said here is gone when the conversation is over.
thread-further = What was said before is in History
thread-empty = You and { $name } haven’t talked yet.
who-when = { $name }  { $time }
show-earlier = Show earlier messages
new-below =
    { $count ->
        [one] { $count } new
       *[other] { $count } new
    }
reply = Reply
aloud-message = { $name }: { $words }
aloud-elsewhere = New message from { $name }
aloud-state = { $name } is now: { $state }
sending = Sending …
waiting = Waiting for connection
not-delivered = Not delivered.
not-delivered-because = Not delivered: { $why }
take-back = Take back
delivery-offline = They are offline.
delivery-unsupported = Their program can’t show it.
delivery-unavailable = They can’t be reached at the moment.
delivery-no-answer = There was no answer in time.
delivery-interrupted = The server was stopped meanwhile. It may have arrived.
delivery-left = They have left the conversation.
delivery-do-not-disturb = They don’t want to be disturbed.
delivery-declined = They declined.
delivery-cancelled = It was cancelled.
delivery-blocked-content = Your company’s filter doesn’t let it through.
delivery-waited-long = It has waited here for more than an hour. Send it if you still mean it.
composer-label = Message to { $name }
composer-placeholder = Type a message
too-long = { $length } of { $limit } bytes
too-long-with-form = { $length } of { $limit } bytes, formatting included
emoji = Emoji

## Card

send-mail = Send mail
fact-department = Department
fact-company = Company
fact-office = Office
fact-location = Location
fact-local-time = Local time
fact-mail = Mail
fact-web-page = Web page
fact-address = Address
fact-manager = Manager
phone-work = Work
phone-mobile = Mobile
phone-home = Home
phone-other = Other
level-of-access = Level of Access
level-personal = Personal
level-personal-words = Sees everything, your private phone too.
level-team = Team
level-team-words = Sees what the level Company sees, and your mobile phone, and may interrupt you in Do Not Disturb.
level-company = Company
level-company-words = Sees your availability, what you are doing and where, your note, your contact card and your work phone.
level-public = Public
level-public-words = Sees your name and availability, your mail address, title, company, manager and web page.
level-blocked = Blocked
level-blocked-words = Sees your name and mail address, sees you as offline and can’t reach you.
sees-you = { $name } sees you like this
sees-list = May see: { $list }
sees-nothing = Sees nothing else.
sees-phones = phones
sees-contact-card = contact card
sees-activity = what you are doing
sees-name = name
sees-mail = mail address
sees-availability = availability
sees-note = note

## Settings

settings-look = Appearance
settings-notifications = Notifications
settings-access = Level of Access
settings-devices = Devices
settings-app-passwords = App passwords
settings-password = Password
settings-about = About
theme = Theme
theme-system = Same as the system
theme-light = Light
theme-dark = Dark
theme-high-contrast = High contrast
language = Language
language-system = Same as the browser
density = Contact List
density-comfortable = Comfortable
density-compact = Compact
enter-sends = Enter sends, Shift+Enter starts a new line
notifications = Show notifications
notifications-words = Show the first words of a message
notifications-ask = Your browser hasn’t been asked yet.
notifications-allow = Allow notifications
notifications-offer = Rapport can tell you of messages while you look elsewhere. You can change that in Settings.
notifications-not-now = Not now
notifications-denied = Your browser lets Rapport show none. You can change that in the browser’s settings for this page.
sounds = Play a sound
quiet-in-dnd = In Do Not Disturb no sound is played, and only what somebody with the level Team writes is shown.
access-words = What each level may see, and who has one of their own. Everybody else in your company has Company.
devices-words = You are signed in here. What the others see comes from the one you used last.
a-browser = A browser
browser-on = { $browser } on { $system }
this-browser = This browser
sign-out-of = Sign out { $name }
device-signed-out = { $name } was signed out
sessions-title = Browser sessions
end-session = End
end-session-of = End the session of { $name }
session-ended = The session of { $name } has ended
end-others = End all others
sessions-ended = All other sessions have ended
sign-out-here = Sign out here
app-passwords-words = Communicator and Pidgin sign in with a password of their own. Make one for each program. When you lose a device, revoke its password: the program there is signed out, and nothing else changes.
app-passwords-none = You have none.
app-password-label = What is it for?
app-password-example = Pidgin on my laptop
app-password-make = Create a password
app-password-ready = Password for { $name }
app-password-once = It is shown this once. Copy it now.
revoke = Revoke
revoke-of = Revoke the password for { $name }
app-password-revoked = The password for { $name } was revoked
pidgin-1 = In Pidgin open Accounts, Manage Accounts, Add.
pidgin-2 = Choose Office Communicator as the protocol (Debian: package pidgin-sipe).
pidgin-3 = User name: { $address }. Leave Login empty.
pidgin-4 = Password: the one above.
pidgin-5 = Under Advanced, Server[:Port]: { $server }; connection type SSL/TLS; authentication scheme NTLM.
pidgin-6 = Save. Pidgin signs in.
pidgin-7 = On Debian 12 the contact list stays empty without a small repair, which comes with Rapport: docs/pidgin-on-debian-12.md, or ask your administrator.
communicator-1 = In Communicator open Tools, Options, Personal, Advanced.
communicator-2 = Manual configuration, internal server: { $server }, connect using TLS.
communicator-3 = Sign-in address and user name: { $address }
communicator-4 = Password: the one above.
password-current = Current password
password-new = New password
password-again = New password again
password-hint = At least 15 characters; a few words that don’t belong together are good.
password-differs = The two are not the same.
password-change = Change password
password-changed = Your password was changed. All other sessions have ended.
about-words = Rapport is free software under the MIT or Apache 2.0 licence.
about-licences = Licences of the software that it contains

## History

history-search = Search what was said
history-export = Export all
history-more = More for History
history-empty-title = Nothing is kept yet
history-empty-words = What you say and are told from now on is found here, in every browser.
history-off-title = Your company keeps no history
history-off-words = What is said is gone when a conversation is over. Your administrator can tell you why.
history-with = History with { $name }
history-outside = { $name } isn’t in your company.
history-talk = Go to the conversation
history-open = Open
history-to = to { $name }
history-count =
    { $count ->
        [one] { $count } message
       *[other] { $count } messages
    }
history-search-on = Search on
history-delete-all = Delete everything
history-delete-all-title = Delete your whole history?
history-delete-all-words = Everything that you and others have said is deleted for you, in every browser. It can’t be undone. The others’ own history stays theirs.
history-deleted-all = Your history was deleted
history-delete-message = Delete the message of { $time }
history-delete-one-title = Delete this message?
history-delete-one-words = It is deleted for you, in every browser. It can’t be undone. What { $name } keeps of it stays theirs.
history-found =
    { $count ->
        [0] Nothing was found
        [one] { $count } message found
       *[other] { $count } messages found
    }
history-delete-of = Delete what was said with { $name }
history-delete-title = Delete this history?
history-delete-words = Everything that you and { $name } have said is deleted for you, in every browser. It can’t be undone. Their own history stays theirs.
history-deleted-of = What was said with { $name } was deleted

## Keys

key-ctrl = Ctrl
key-shift = Shift
key-enter = Enter
key-home = Home
key-end = End
keys-title = Keyboard shortcuts
keys-find = Find anyone
keys-conversation = Go to a conversation
keys-state = Available, Busy, Do Not Disturb, Away
keys-pane = Next pane
keys-list = Move in a list; type the beginning of a name
keys-talk = Open the conversation
keys-card = Contact card
keys-menu = Menu of a person or a group
keys-back = Back or close
keys-help = This list

## Why something was not done, by the server’s code

field-and-reason = { $field }: { $reason }
field-alias = Your name for them
field-text = Text
field-query = Search
fault-too-long = This is too long: { $length } of { $limit } bytes. Shorten it.
fault-characters = It has characters that can’t be kept, such as a tab. Take them out.
problem-account-disabled = Your account is disabled. Your administrator can tell you why.
problem-bad-body = The server didn’t understand this page. Reload it.
problem-bad-path = The server didn’t understand this page. Reload it.
problem-bad-query = The server didn’t understand this page. Reload it.
problem-body-too-large = It is too long. Send it in parts.
problem-company-disabled = Your company’s service is switched off.
problem-contact-list-full =
    { $limit ->
        [one] Your Contact List is full: it holds { $limit } person. Remove somebody first.
       *[other] Your Contact List is full: it holds { $limit } people. Remove somebody first.
    }
problem-csrf = This page is out of date. Reload it.
problem-forbidden = You may not do this.
problem-full = The server takes no more sign-ins for a moment. Try again in { $minutes } min.
problem-group-is-fixed = This group can’t be renamed or removed.
problem-history-off = Your company keeps no history.
problem-internal = The server had a fault. It has been logged; try again.
problem-invalid-field = This can’t be taken as it is written: it is empty, too long, or has characters that can’t be kept.
problem-message-too-large = The message is too long. Send it in parts.
problem-method-not-allowed = The server didn’t understand this page. Reload it.
problem-not-a-websocket = Something between this browser and the server keeps them from staying connected. Your administrator can look into it.
problem-not-found = It isn’t there any more.
problem-not-json = The server didn’t understand this page. Reload it.
problem-not-licensed = Your account has no licence for this. Your administrator can give it one.
problem-not-signed-in = You are signed out. Sign in again.
problem-not-yours = This belongs to somebody else.
problem-policy-forbids = Your company doesn’t allow this.
problem-repeated-publication = The same was said twice. Try again.
problem-reserved-container = This level belongs to the system.
problem-reserved-publication = This state is kept by the system.
problem-sign-in-failed = Address or password is wrong, or there were too many tries. Check both, and wait some minutes before the next try.
problem-stale-delta = Your list was changed elsewhere at the same time. Try again.
problem-stale-version = It was changed elsewhere at the same time. Try again.
problem-store-full = The server’s disk is full. Your administrator has to make room.
problem-store-unwritable = The server can’t write at the moment. Try again later.
problem-taken = There is one of this name already.
problem-too-large =
    { $limit ->
        [0] It is too long.
        [one] It is too long: there is room for { $limit } byte.
       *[other] It is too long: there is room for { $limit } bytes.
    }
problem-too-many-app-passwords =
    { $limit ->
        [one] You have { $limit } app password, and there can be no more. Revoke it first.
       *[other] You have { $limit } app passwords, and there can be no more. Revoke one first.
    }
problem-too-many-endpoints = You are signed in on too many devices. Sign out on one of them.
problem-too-many-groups =
    { $limit ->
        [one] You have { $limit } group, and there can be no more. Remove one first.
       *[other] You have { $limit } groups, and there can be no more. Remove one first.
    }
problem-too-many-members = Too many people at once.
problem-too-many-publications = Too much at once. Try again in a moment.
problem-too-many-requests = That was too fast. Try again in { $minutes } min.
problem-too-slow = The server took too long. It may have been done all the same: look before you try again.
problem-unavailable = The server can’t do this at the moment. Try again later.
problem-unexpected-answer = Something between this browser and the server has answered. Check your network.
problem-unknown-contact = They aren’t on your Contact List any more.
problem-unknown-group = The group isn’t there any more.
problem-unreachable = The server can’t be reached. Check your network and try again.
problem-weak-password = This password is too easy to guess. Take at least 15 characters, and no known password.
problem-weak-password-common = This is one of the passwords that everybody tries first, or made of them. Take another.
problem-weak-password-name = This is little more than a name that others know: yours, your company’s or this program’s. Take another.
problem-weak-password-same = This is the password that you have. Take another.
problem-weak-password-too-long = This password is too long. Take a shorter one.
problem-weak-password-too-short = This password is too short. Take at least 15 characters.
problem-wrong-password = This is not your current password, or there were too many tries. Check it, and wait some minutes before the next try.
problem-too-many-conversations = You have as many conversations as there may be. Close one first.
problem-wrong-origin = The request came from another page.
problem-wrong-subprotocol = This page is out of date. Reload it.
