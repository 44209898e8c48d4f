## Everywhere

add = Hinzufügen
add-to = Hinzufügen zu
add-all = Alle hinzufügen
add-person = { $name } hinzufügen
added = { $name } steht in Ihrer Kontaktliste
added-all =
    { $count ->
        [one] { $count } Person steht in Ihrer Kontaktliste
       *[other] { $count } Personen stehen in Ihrer Kontaktliste
    }
back = Zurück
block = Blockieren
cancel = Abbrechen
change = Ändern
close = Schließen
copied = Kopiert
copy = Kopieren
copy-refused = Ihr Browser hat das Kopieren nicht zugelassen. Es ist markiert: Kopieren Sie es von Hand.
delete = Löschen
loading = Wird geladen …
oneself = { $name } (Sie)
made = erstellt am { $time }
retry = Erneut versuchen
save = Speichern
send = Senden
since = seit { $time }
undo = Rückgängig
used = zuletzt benutzt: { $time }
you = Sie
day-today = Heute
day-yesterday = Gestern
time-now = jetzt
time-tomorrow = morgen { $time }
time-on-day = { $day } { $time }
unread =
    { $count ->
        [one] { $count } ungelesene Nachricht
       *[other] { $count } ungelesene Nachrichten
    }

## Signing in

sign-in = Anmelden
sign-in-title = Anmelden
sign-in-address = Adresse
sign-in-password = Kennwort
sign-in-hint = Verwenden Sie Adresse und Kennwort Ihrer Firma. Communicator und Pidgin melden sich mit einem eigenen Kennwort an, das Sie in den Einstellungen erstellen.
sign-out = Abmelden
sign-out-unsent = Abmelden, ohne zu senden?
sign-out-unsent-words = Etwas, das Sie in diesem Browser geschrieben haben, wurde nicht gesendet. Beim Abmelden wird es gelöscht.
signed-out-replaced = Sie wurden abgemeldet, weil sich dieser Browser neu angemeldet hat.
signed-out-disabled = Ihr Konto wurde gesperrt. Ihr Administrator kann Ihnen sagen, warum.
signed-out-unlicensed = Ihr Konto hat dafür keine Lizenz mehr. Ihr Administrator kann ihm eine geben.
signed-out-company-disabled = Der Dienst Ihrer Firma ist abgeschaltet.
signed-out-password-changed = Ihr Kennwort wurde geändert. Melden Sie sich mit dem neuen an.
signed-out-removed = Ihr Konto wurde entfernt.
signed-out-renamed = Ihre Adresse hat sich geändert. Melden Sie sich mit der neuen an.
signed-out-too-many-endpoints = Sie haben sich auf mehr Geräten angemeldet, als Ihre Firma erlaubt; dieses wurde deshalb abgemeldet.
signed-out-too-slow = Dieser Browser kam mit dem nicht mehr mit, was eintraf, und wurde deshalb abgemeldet. Melden Sie sich erneut an.
signed-out-other-person = In einem anderen Tab dieses Browsers hat sich jemand anderes angemeldet.
signed-out-elsewhere = Sie wurden hier von einem anderen Tab oder einem anderen Ihrer Browser aus abgemeldet.
signed-out-over = Ihre Anmeldung in diesem Browser gilt nicht mehr. Melden Sie sich erneut an; was Sie hier geschrieben haben, bleibt erhalten.
signed-out-restored = Der Server wurde aus einer Sicherung wiederhergestellt. Melden Sie sich erneut an.

## Without a connection

offline-title = Sie sind offline
offline-words = Rapport erreicht seinen Server nicht und versucht es von selbst wieder. Was Sie geschrieben haben, bleibt erhalten.
fallen-title = Diese Seite hat einen Fehler
fallen-words = Was Sie geschrieben haben, bleibt erhalten. Laden Sie die Seite neu; wenn es wieder geschieht, sagen Sie Ihrem Administrator, was Sie getan haben, und die Zeile unten.
reload = Neu laden
banner-offline = Keine Netzwerkverbindung. Ihre Nachrichten bleiben erhalten und werden gesendet, sobald sie wieder da ist; was Sie sehen, kann veraltet sein.
banner-reconnecting = Verbindung wird wiederhergestellt … Ihre Nachrichten bleiben erhalten.
banner-now = Jetzt versuchen
banner-unkept = Dieser Browser kann nicht aufbewahren, was Sie schreiben: Sein Speicher ist voll oder nicht erlaubt. Wird diese Seite geschlossen oder neu geladen, geht verloren, was nicht gesendet ist.

## Ways through the client

rail-label = Hauptbereiche
rail-contacts = Kontaktliste
rail-conversations = Unterhaltungen
rail-history = Verlauf
rail-settings = Einstellungen
rail-with-unread =
    { $count ->
        [one] { $name }, { $count } ungelesene Nachricht
       *[other] { $name }, { $count } ungelesene Nachrichten
    }
nothing-open-title = Mit wem möchten Sie sprechen?
nothing-open-words = Wählen Sie links jemanden aus, oder drücken Sie /, um jemanden in Ihrer Firma zu suchen.

## Presence

availability-available = Verfügbar
availability-inactive = Inaktiv
availability-busy = Beschäftigt
availability-do-not-disturb = Nicht stören
availability-be-right-back = Bin gleich zurück
availability-away = Abwesend
availability-offline = Offline
availability-appear-offline = Als offline anzeigen
availability-unknown = Unbekannt
availability-blocked = Blockiert
activity-on-the-phone = Im Gespräch
activity-in-a-conference = In einer Konferenz
activity-in-a-meeting = In einer Besprechung
activity-out-of-office = Nicht im Büro
activity-urgent-only = Nur dringende Unterbrechungen
device-desktop = Am Computer
device-mobile = Am Telefon
device-web = Im Browser
state-for = { $state } { $time }
state-until = { $state } bis { $time }
time-there = dort { $time }

## Me

my-status-label = Mein Status: { $state }
for-how-long = Wie lange
span-half-hour = 30 Minuten
span-hour = 1 Stunde
span-two-hours = 2 Stunden
span-open = Bis ich es ändere
reset-status = Status zurücksetzen
note-label = Meine Notiz
note-waits = Sie bleibt hier und wird gesendet, sobald die Verbindung wieder da ist.
note-overtaken = Nicht gesetzt: Seit Sie das geschrieben haben ({ $time }), wurde Ihre Notiz anderswo in „{ $note }“ geändert.
note-overtaken-removed = Nicht gesetzt: Seit Sie das geschrieben haben ({ $time }), wurde Ihre Notiz anderswo entfernt.
note-set = Diese Notiz setzen
note-drop = Verwerfen
note-placeholder = Was gibt es Neues? Andere sehen es.
location-label = Wo ich bin
location-placeholder = Wo sind Sie?
on-devices =
    { $count ->
        [one] Auf { $count } Gerät angemeldet
       *[other] Auf { $count } Geräten angemeldet
    }

## Contact List

view-menu = Ansicht und neue Gruppe
view-by = Ansicht nach
view-groups = Gruppe
view-availability = Verfügbarkeit
view-name = Name
view-access = Zugriffsebene
sort-by = Sortieren nach
show-offline = Anzeigen, wer offline ist
new-group = Neue Gruppe
group-name = Name der Gruppe
rename-group = Gruppe umbenennen
remove-group = Gruppe entfernen
group-up = Nach oben
group-down = Nach unten
group-removed = { $name } wurde entfernt
section-favourites = Favoriten
section-recent = Zuletzt
section-everyone = Alle
section-ungrouped = In keiner Gruppe
section-other = Andere Kontakte
section-reachable = Verfügbar oder beschäftigt
section-away = Abwesend
section-offline = Offline oder unbekannt
section-count = { $reachable }/{ $total }
section-empty = In dieser Gruppe ist noch niemand. Ziehen Sie jemanden hierher, oder wählen Sie „Verschieben nach“ im Menü eines Kontakts.
section-all-offline = Alle sind offline.
contact-gone = Hat die Firma verlassen
somebody-gone = Jemand, der gegangen ist
card-of = Karte von { $name }
message-to = Nachricht an { $name }
more-for = Mehr zu { $name }
send-message = Nachricht senden
open-card = Visitenkarte
await = Bescheid geben, wenn verfügbar
await-no-more = Nicht mehr Bescheid geben
awaited-back = { $name } ist verfügbar
favourite = Zu Favoriten hinzufügen
no-favourite = Aus Favoriten entfernen
move-to = Verschieben nach
copy-to = Kopieren nach
call-them = Umbenennen
own-name-for = Ihr Name für { $name }
own-name-hint = Ohne Eintrag steht der eigene Name da.
take-out = Aus dieser Gruppe entfernen
remove-contact = Aus der Kontaktliste entfernen
moved = { $name } ist in { $group }
taken-out = { $name } ist nicht mehr in { $group }
removed = { $name } wurde aus Ihrer Kontaktliste entfernt
added-you = { $name } hat Sie hinzugefügt
added-you-more =
    { $count ->
        [one] { $count } weitere Person hat Sie hinzugefügt
       *[other] { $count } weitere haben Sie hinzugefügt
    }
added-you-and-more =
    { $count ->
        [one] { $name } und { $count } weitere Person haben Sie hinzugefügt
       *[other] { $name } und { $count } weitere haben Sie hinzugefügt
    }
allow = Zulassen
allowed = { $name } wurde zugelassen
allow-and-add = Zulassen und hinzufügen
first-title = Ihre Kontaktliste ist leer
first-words = Das sind laut Verzeichnis Ihrer Firma die Menschen, mit denen Sie arbeiten. Alle anderen finden Sie oben.
first-nobody = Das Verzeichnis nennt niemanden, mit dem Sie arbeiten. Geben Sie oben den Namen von jemandem aus Ihrer Firma ein, um ihn oder sie hinzuzufügen.

## Find anyone

find-label = Jemanden suchen
find-placeholder = Jemanden suchen
find-clear = Leeren
found-label = Gefundene Personen
found-count =
    { $count ->
        [one] { $count } Person gefunden
       *[other] { $count } Personen gefunden
    }
found-more = Es gibt weitere. Geben Sie mehr vom Namen ein, um weniger zu sehen.
found-none = Niemand gefunden zu „{ $query }“
found-hint = Gesucht wurde in Namen, Adressen, Telefonnummern, Titeln und Abteilungen Ihrer Firma. Versuchen Sie es mit einem Teil des Namens.

## Conversations

talks-empty-title = Noch keine Unterhaltungen
talks-empty-words = Wählen Sie jemanden aus Ihrer Kontaktliste, um eine zu beginnen.
talks-all = Alle Unterhaltungen
draft = Entwurf: { $words }
you-said = Sie: { $words }
leave-conversation = Unterhaltung schließen
talk-oneself = Das sind Sie. Sich selbst kann hier niemand schreiben.
standing-blocked = Sie haben { $name } blockiert. Die Person sieht Sie als offline und kann Sie nicht erreichen.
standing-gone = { $name } hat die Firma verlassen.
standing-offline = { $name } ist offline. Nachrichten können erst nach der Anmeldung zugestellt werden.
standing-do-not-disturb = { $name } möchte nicht gestört werden.
unblock = Blockierung aufheben
typing = { $name } schreibt …
thread-label = Unterhaltung mit { $name }
thread-beginning = Hier beginnt Ihre Unterhaltung mit { $name }.
thread-keeps-none = Ihre Firma bewahrt keinen Verlauf auf: Was hier gesagt wird, ist weg, wenn die Unterhaltung vorbei ist.
thread-further = Was davor gesagt wurde, steht im Verlauf
thread-empty = Sie und { $name } haben noch nicht miteinander gesprochen.
who-when = { $name }  { $time }
show-earlier = Frühere Nachrichten anzeigen
new-below =
    { $count ->
        [one] { $count } neue
       *[other] { $count } neue
    }
reply = Antworten
aloud-message = { $name }: { $words }
aloud-elsewhere = Neue Nachricht von { $name }
aloud-state = { $name } ist jetzt: { $state }
sending = Wird gesendet …
waiting = Wartet auf Verbindung
not-delivered = Nicht zugestellt.
not-delivered-because = Nicht zugestellt: { $why }
take-back = Zurücknehmen
delivery-offline = Die Person ist offline.
delivery-unsupported = Das Programm der anderen Seite kann sie nicht anzeigen.
delivery-unavailable = Die Person ist gerade nicht erreichbar.
delivery-no-answer = Es kam nicht rechtzeitig eine Antwort.
delivery-interrupted = Der Server wurde dabei angehalten. Vielleicht ist sie angekommen.
delivery-left = Die Person hat die Unterhaltung verlassen.
delivery-do-not-disturb = Die Person möchte nicht gestört werden.
delivery-declined = Die Person hat abgelehnt.
delivery-cancelled = Sie wurde abgebrochen.
delivery-blocked-content = Der Filter Ihrer Firma lässt sie nicht durch.
delivery-waited-long = Die Nachricht hat hier länger als eine Stunde gewartet. Senden Sie sie, wenn sie noch gilt.
composer-label = Nachricht an { $name }
composer-placeholder = Nachricht eingeben
too-long = { $length } von { $limit } Bytes
too-long-with-form = { $length } von { $limit } Bytes, mit Formatierung
emoji = Emoji

## Card

send-mail = E-Mail senden
fact-department = Abteilung
fact-company = Firma
fact-office = Büro
fact-location = Standort
fact-local-time = Ortszeit
fact-mail = E-Mail
fact-web-page = Webseite
fact-address = Adresse
fact-manager = Vorgesetzte(r)
phone-work = Dienstlich
phone-mobile = Mobil
phone-home = Privat
phone-other = Weitere
level-of-access = Zugriffsebene
level-personal = Persönlich
level-personal-words = Sieht alles, auch Ihr privates Telefon.
level-team = Team
level-team-words = Sieht, was die Ebene „Firma“ sieht, und Ihr Mobiltelefon und darf Sie bei „Nicht stören“ stören.
level-company = Firma
level-company-words = Sieht Ihre Verfügbarkeit, was Sie tun und wo, Ihre Notiz, Ihre Visitenkarte und Ihr Diensttelefon.
level-public = Öffentlich
level-public-words = Sieht Ihren Namen und Ihre Verfügbarkeit, Ihre E-Mail-Adresse, Titel, Firma, Vorgesetzte und Webseite.
level-blocked = Blockiert
level-blocked-words = Sieht Ihren Namen und Ihre E-Mail-Adresse, sieht Sie als offline und kann Sie nicht erreichen.
sees-you = So sieht { $name } Sie
sees-list = Darf sehen: { $list }
sees-nothing = Sieht sonst nichts.
sees-phones = Telefonnummern
sees-contact-card = Visitenkarte
sees-activity = was Sie gerade tun
sees-name = Name
sees-mail = E-Mail-Adresse
sees-availability = Verfügbarkeit
sees-note = Notiz

## Settings

settings-look = Darstellung
settings-notifications = Benachrichtigungen
settings-access = Zugriffsebenen
settings-devices = Geräte
settings-app-passwords = App-Kennwörter
settings-password = Kennwort
settings-about = Info
theme = Design
theme-system = Wie im System
theme-light = Hell
theme-dark = Dunkel
theme-high-contrast = Hoher Kontrast
language = Sprache
language-system = Wie im Browser
density = Kontaktliste
density-comfortable = Großzügig
density-compact = Kompakt
enter-sends = Eingabetaste sendet, Umschalt+Eingabetaste beginnt eine neue Zeile
notifications = Benachrichtigungen anzeigen
notifications-words = Die ersten Worte einer Nachricht anzeigen
notifications-ask = Ihr Browser wurde noch nicht gefragt.
notifications-offer = Rapport kann Ihnen Nachrichten melden, während Sie woanders sind. In den Einstellungen lässt sich das ändern.
notifications-not-now = Nicht jetzt
notifications-allow = Benachrichtigungen zulassen
notifications-denied = Ihr Browser erlaubt Rapport keine Benachrichtigungen. Das können Sie in den Browsereinstellungen für diese Seite ändern.
sounds = Ton abspielen
quiet-in-dnd = Bei „Nicht stören“ ertönt nichts, und angezeigt wird nur, was jemand mit der Ebene „Team“ schreibt.
access-words = Was jede Ebene sehen darf und wer eine eigene hat. Alle anderen in Ihrer Firma haben „Firma“.
devices-words = Hier sind Sie angemeldet. Was andere sehen, kommt von dem zuletzt benutzten Gerät.
a-browser = Ein Browser
browser-on = { $browser } unter { $system }
this-browser = Dieser Browser
sign-out-of = { $name } abmelden
device-signed-out = { $name } wurde abgemeldet
sessions-title = Browsersitzungen
end-session = Beenden
end-session-of = Sitzung von { $name } beenden
session-ended = Die Sitzung von { $name } ist beendet
end-others = Alle anderen beenden
sessions-ended = Alle anderen Sitzungen sind beendet
sign-out-here = Hier abmelden
app-passwords-words = Communicator und Pidgin melden sich mit einem eigenen Kennwort an. Erstellen Sie eins je Programm. Wenn Sie ein Gerät verlieren, widerrufen Sie dessen Kennwort: Das Programm dort wird abgemeldet, und sonst ändert sich nichts.
app-passwords-none = Sie haben noch keins.
app-password-label = Wofür ist es?
app-password-example = Pidgin auf meinem Laptop
app-password-make = Kennwort erstellen
app-password-ready = Kennwort für { $name }
app-password-once = Es wird nur dieses eine Mal angezeigt. Kopieren Sie es jetzt.
revoke = Widerrufen
revoke-of = Kennwort für { $name } widerrufen
app-password-revoked = Das Kennwort für { $name } wurde widerrufen
pidgin-1 = Öffnen Sie in Pidgin Konten, Konten verwalten, Hinzufügen.
pidgin-2 = Wählen Sie als Protokoll Office Communicator (Debian: Paket pidgin-sipe).
pidgin-3 = Benutzername: { $address }. Lassen Sie Login leer.
pidgin-4 = Kennwort: das obige.
pidgin-5 = Unter Erweitert, Server[:Port]: { $server }; Verbindungstyp SSL/TLS; Authentifizierungsschema NTLM.
pidgin-6 = Speichern. Pidgin meldet sich an.
pidgin-7 = Unter Debian 12 bleibt die Kontaktliste ohne eine kleine Reparatur leer. Sie liegt Rapport bei: docs/pidgin-on-debian-12.md, oder fragen Sie Ihren Administrator.
communicator-1 = Öffnen Sie in Communicator Extras, Optionen, Persönlich, Erweitert.
communicator-2 = Manuelle Konfiguration, interner Server: { $server }, verbinden über TLS.
communicator-3 = Anmeldeadresse und Benutzername: { $address }
communicator-4 = Kennwort: das obige.
password-current = Aktuelles Kennwort
password-new = Neues Kennwort
password-again = Neues Kennwort wiederholen
password-hint = Mindestens 15 Zeichen; ein paar Wörter, die nicht zusammengehören, sind gut.
password-differs = Die beiden stimmen nicht überein.
password-change = Kennwort ändern
password-changed = Ihr Kennwort wurde geändert. Alle anderen Sitzungen sind beendet.
about-words = Rapport ist freie Software unter der MIT- oder der Apache-2.0-Lizenz.
about-licences = Lizenzen der enthaltenen Software

## History

history-search = Im Verlauf suchen
history-export = Exportieren
history-more = Mehr zum Verlauf
history-empty-title = Noch ist nichts gespeichert
history-empty-words = Was Sie von jetzt an sagen und hören, finden Sie hier, in jedem Browser.
history-off-title = Ihre Firma bewahrt keinen Verlauf auf
history-off-words = Was gesagt wird, ist weg, wenn eine Unterhaltung vorbei ist. Ihr Administrator kann Ihnen sagen, warum.
history-with = Verlauf mit { $name }
history-outside = { $name } gehört nicht zu Ihrer Firma.
history-talk = Zur Unterhaltung
history-open = Öffnen
history-to = an { $name }
history-count =
    { $count ->
        [one] { $count } Nachricht
       *[other] { $count } Nachrichten
    }
history-search-on = Weitersuchen
history-delete-all = Alles löschen
history-delete-all-title = Ihren ganzen Verlauf löschen?
history-delete-all-words = Alles, was Sie und andere gesagt haben, wird für Sie gelöscht, in jedem Browser. Das lässt sich nicht rückgängig machen. Der Verlauf der anderen bleibt.
history-deleted-all = Ihr Verlauf ist gelöscht
history-delete-message = Nachricht von { $time } löschen
history-delete-one-title = Diese Nachricht löschen?
history-delete-one-words = Sie wird für Sie gelöscht, in jedem Browser. Das lässt sich nicht rückgängig machen. Was { $name } davon aufbewahrt, bleibt.
history-found =
    { $count ->
        [0] Nichts gefunden
        [one] { $count } Nachricht gefunden
       *[other] { $count } Nachrichten gefunden
    }
history-delete-of = Löschen, was mit { $name } gesagt wurde
history-delete-title = Diesen Verlauf löschen?
history-delete-words = Alles, was Sie und { $name } gesagt haben, wird für Sie gelöscht, in jedem Browser. Das lässt sich nicht rückgängig machen. Der Verlauf der anderen Seite bleibt.
history-deleted-of = Was mit { $name } gesagt wurde, ist gelöscht

## Keys

key-ctrl = Strg
key-shift = Umschalt
key-enter = Eingabe
key-home = Pos1
key-end = Ende
keys-title = Tastenkombinationen
keys-find = Jemanden suchen
keys-conversation = Zu einer Unterhaltung
keys-state = Verfügbar, Beschäftigt, Nicht stören, Abwesend
keys-pane = Nächster Bereich
keys-list = In einer Liste bewegen; Anfang eines Namens eingeben
keys-talk = Unterhaltung öffnen
keys-card = Visitenkarte
keys-menu = Menü einer Person oder Gruppe
keys-back = Zurück oder schließen
keys-help = Diese Liste

## Why something was not done, by the server’s code

field-and-reason = { $field }: { $reason }
field-alias = Ihr Name für die Person
field-text = Text
field-query = Suche
fault-too-long = Das ist zu lang: { $length } von { $limit } Bytes. Kürzen Sie es.
fault-characters = Es hat Zeichen, die nicht aufbewahrt werden können, etwa einen Tabulator. Nehmen Sie sie heraus.
problem-account-disabled = Ihr Konto ist gesperrt. Ihr Administrator kann Ihnen sagen, warum.
problem-bad-body = Der Server hat diese Seite nicht verstanden. Laden Sie sie neu.
problem-bad-path = Der Server hat diese Seite nicht verstanden. Laden Sie sie neu.
problem-bad-query = Der Server hat diese Seite nicht verstanden. Laden Sie sie neu.
problem-body-too-large = Es ist zu lang. Senden Sie es in Teilen.
problem-company-disabled = Der Dienst Ihrer Firma ist abgeschaltet.
problem-contact-list-full =
    { $limit ->
        [one] Ihre Kontaktliste ist voll: Sie fasst { $limit } Person. Entfernen Sie zuerst jemanden.
       *[other] Ihre Kontaktliste ist voll: Sie fasst { $limit } Personen. Entfernen Sie zuerst jemanden.
    }
problem-csrf = Diese Seite ist veraltet. Laden Sie sie neu.
problem-forbidden = Das dürfen Sie nicht.
problem-full = Der Server nimmt gerade keine Anmeldungen mehr an. Versuchen Sie es in { $minutes } Min. wieder.
problem-group-is-fixed = Diese Gruppe lässt sich nicht umbenennen oder entfernen.
problem-history-off = Ihre Firma bewahrt keinen Verlauf auf.
problem-internal = Der Server hatte einen Fehler. Er ist aufgezeichnet; versuchen Sie es erneut.
problem-invalid-field = So kann es nicht übernommen werden: Es ist leer, zu lang oder hat Zeichen, die nicht aufbewahrt werden können.
problem-message-too-large = Die Nachricht ist zu lang. Senden Sie sie in Teilen.
problem-method-not-allowed = Der Server hat diese Seite nicht verstanden. Laden Sie sie neu.
problem-not-a-websocket = Etwas zwischen diesem Browser und dem Server lässt keine dauerhafte Verbindung zu. Ihr Administrator kann dem nachgehen.
problem-not-found = Es ist nicht mehr da.
problem-not-json = Der Server hat diese Seite nicht verstanden. Laden Sie sie neu.
problem-not-licensed = Ihr Konto hat dafür keine Lizenz. Ihr Administrator kann ihm eine geben.
problem-not-signed-in = Sie sind abgemeldet. Melden Sie sich erneut an.
problem-not-yours = Das gehört jemand anderem.
problem-policy-forbids = Ihre Firma erlaubt das nicht.
problem-repeated-publication = Dasselbe wurde zweimal gesagt. Versuchen Sie es erneut.
problem-reserved-container = Diese Ebene gehört dem System.
problem-reserved-publication = Diesen Zustand führt das System.
problem-sign-in-failed = Adresse oder Kennwort ist falsch, oder es waren zu viele Versuche. Prüfen Sie beides, und warten Sie einige Minuten vor dem nächsten.
problem-stale-delta = Ihre Liste wurde gleichzeitig anderswo geändert. Versuchen Sie es erneut.
problem-stale-version = Es wurde gleichzeitig anderswo geändert. Versuchen Sie es erneut.
problem-store-full = Die Platte des Servers ist voll. Ihr Administrator muss Platz schaffen.
problem-store-unwritable = Der Server kann gerade nicht schreiben. Versuchen Sie es später.
problem-taken = Dieser Name ist schon vergeben.
problem-too-large =
    { $limit ->
        [0] Es ist zu lang.
        [one] Es ist zu lang: Platz ist für { $limit } Byte.
       *[other] Es ist zu lang: Platz ist für { $limit } Bytes.
    }
problem-too-many-app-passwords =
    { $limit ->
        [one] Sie haben { $limit } App-Kennwort, mehr kann es nicht geben. Widerrufen Sie es zuerst.
       *[other] Sie haben { $limit } App-Kennwörter, mehr kann es nicht geben. Widerrufen Sie zuerst eines.
    }
problem-too-many-endpoints = Sie sind auf zu vielen Geräten angemeldet. Melden Sie sich auf einem ab.
problem-too-many-groups =
    { $limit ->
        [one] Sie haben { $limit } Gruppe, mehr kann es nicht geben. Entfernen Sie zuerst eine.
       *[other] Sie haben { $limit } Gruppen, mehr kann es nicht geben. Entfernen Sie zuerst eine.
    }
problem-too-many-members = Zu viele Personen auf einmal.
problem-too-many-publications = Zu viel auf einmal. Versuchen Sie es gleich wieder.
problem-too-many-requests = Das war zu schnell. Versuchen Sie es in { $minutes } Min. wieder.
problem-too-slow = Der Server hat zu lange gebraucht. Es kann trotzdem geschehen sein: Sehen Sie nach, bevor Sie es erneut versuchen.
problem-unavailable = Der Server kann das gerade nicht. Versuchen Sie es später.
problem-unexpected-answer = Etwas zwischen diesem Browser und dem Server hat geantwortet. Prüfen Sie Ihr Netz.
problem-unknown-contact = Die Person ist nicht mehr in Ihrer Kontaktliste.
problem-unknown-group = Die Gruppe ist nicht mehr da.
problem-unreachable = Der Server ist nicht erreichbar. Prüfen Sie Ihr Netz und versuchen Sie es erneut.
problem-weak-password = Dieses Kennwort ist zu leicht zu erraten. Nehmen Sie mindestens 15 Zeichen und kein bekanntes Kennwort.
problem-weak-password-common = Das ist eines der Kennwörter, die jeder zuerst probiert, oder aus solchen gemacht. Nehmen Sie ein anderes.
problem-weak-password-name = Das ist kaum mehr als ein Name, den andere kennen: Ihrer, der Ihrer Firma oder der dieses Programms. Nehmen Sie ein anderes.
problem-weak-password-same = Das ist das Kennwort, das Sie haben. Nehmen Sie ein anderes.
problem-weak-password-too-long = Dieses Kennwort ist zu lang. Nehmen Sie ein kürzeres.
problem-weak-password-too-short = Dieses Kennwort ist zu kurz. Nehmen Sie mindestens 15 Zeichen.
problem-wrong-password = Das ist nicht Ihr aktuelles Kennwort, oder es gab zu viele Versuche. Prüfen Sie es, und warten Sie vor dem nächsten Versuch einige Minuten.
problem-too-many-conversations = Sie haben so viele Unterhaltungen, wie es geben darf. Schließen Sie zuerst eine.
problem-wrong-origin = Die Anfrage kam von einer anderen Seite.
problem-wrong-subprotocol = Diese Seite ist veraltet. Laden Sie sie neu.
