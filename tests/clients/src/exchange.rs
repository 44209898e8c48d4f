//! An Exchange server as far as SIPE asks one: what somebody's calendar has planned, by the availability service
//! (\[MS-OXWAVLS\]), and that there is no absence ([MS-OXWOOF]).

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

/// How long a slot of merged free or busy times lasts.
const SLOT: u64 = 15 * 60;
/// How many of them SIPE asks for: four days, from midnight before yesterday on.
const SLOTS: u64 = 4 * 24 * 4;
const DAY: u64 = 24 * 60 * 60;

/// A running server with one calendar in it, whoever asks.
#[derive(Debug)]
pub struct Exchange {
    address: SocketAddr,
    meeting: Arc<Mutex<Option<Meeting>>>,
}

/// What is planned; seconds since 1970.
#[derive(Debug, Clone, Copy)]
struct Meeting {
    from: u64,
    to: u64,
}

impl Exchange {
    /// Starts one with nothing planned.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of this machine");
        let address = listener.local_addr().expect("a listener has an address");
        let meeting: Arc<Mutex<Option<Meeting>>> = Arc::default();
        let planned = meeting.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let planned = planned.clone();
                thread::spawn(move || serve(stream, &planned));
            }
        });
        Self { address, meeting }
    }

    /// The URL of its services.
    pub fn url(&self) -> String {
        format!("http://{}/ews", self.address)
    }

    /// Plans a meeting that has begun, and goes on to the end of the next full quarter of an hour but one. Returns that
    /// end, in seconds since 1970.
    pub fn plan_meeting(&self) -> u64 {
        let slot = now() / SLOT;
        let meeting = Meeting { from: (slot - 1) * SLOT, to: (slot + 2) * SLOT };
        *self.meeting.lock().unwrap_or_else(PoisonError::into_inner) = Some(meeting);
        meeting.to
    }

    /// Takes it out of the calendar.
    pub fn cancel_meeting(&self) {
        *self.meeting.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[expect(clippy::disallowed_methods, reason = "the client that asks goes by the machine's clock")]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.expect("it is after 1970").as_secs()
}

/// Answers request after request until the client goes.
fn serve(stream: TcpStream, planned: &Mutex<Option<Meeting>>) {
    let mut out = stream.try_clone().expect("a stream can be shared");
    out.set_read_timeout(Some(Duration::from_secs(120))).expect("a time is taken");
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if !reader.read_line(&mut line).is_ok_and(|octets| octets > 0) {
                return;
            }
            let line = line.trim().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let asked = String::from_utf8_lossy(&body);
        let answer = if asked.contains("GetUserAvailabilityRequest") {
            availability(*planned.lock().unwrap_or_else(PoisonError::into_inner))
        } else {
            "<GetUserOofSettingsResponse><ResponseMessage ResponseClass=\"Success\"/><OofSettings><OofState>Disabled\
             </OofState></OofSettings></GetUserOofSettingsResponse>"
                .to_owned()
        };
        let body = format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{answer}</s:Body></s:Envelope>"
        );
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        if out.write_all([head, body].concat().as_bytes()).is_err() {
            return;
        }
    }
}

fn availability(meeting: Option<Meeting>) -> String {
    let begins = (now() / DAY - 1) * DAY;
    let slots: String = (0..SLOTS)
        .map(|slot| begins + slot * SLOT)
        .map(|at| if meeting.is_some_and(|m| (m.from..m.to).contains(&at)) { '2' } else { '0' })
        .collect();
    let event = meeting.map_or_else(String::new, |Meeting { from, to }| {
        format!(
            "<CalendarEvent><StartTime>{}</StartTime><EndTime>{}</EndTime><BusyType>Busy</BusyType>\
             <CalendarEventDetails><Subject>Bolts</Subject><Location>B 12</Location><IsMeeting>true</IsMeeting>\
             </CalendarEventDetails></CalendarEvent>",
            written(from),
            written(to)
        )
    });
    let zone = "<Bias>0</Bias><Time>00:00:00</Time><DayOrder>0</DayOrder><Month>0</Month><DayOfWeek>Sunday</DayOfWeek>";
    format!(
        "<GetUserAvailabilityResponse><FreeBusyResponseArray><FreeBusyResponse><ResponseMessage \
         ResponseClass=\"Success\"/><FreeBusyView><MergedFreeBusy>{slots}</MergedFreeBusy><CalendarEventArray>{event}\
         </CalendarEventArray><WorkingHours><TimeZone><Bias>0</Bias><StandardTime>{zone}</StandardTime><DaylightTime>\
         {zone}</DaylightTime></TimeZone><WorkingPeriodArray><WorkingPeriod><DayOfWeek>Monday Friday</DayOfWeek>\
         <StartTimeInMinutes>480</StartTimeInMinutes><EndTimeInMinutes>1020</EndTimeInMinutes></WorkingPeriod>\
         </WorkingPeriodArray></WorkingHours></FreeBusyView></FreeBusyResponse></FreeBusyResponseArray>\
         </GetUserAvailabilityResponse>"
    )
}

/// Writes a moment as Exchange does, in UTC without saying so.
fn written(at: u64) -> String {
    let (days, second) = (at / DAY, at % DAY);
    let mut day = days;
    let mut year = 1970;
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    while day >= 365 + u64::from(is_leap(year)) {
        day -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let mut month = 0;
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    while day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("{year:04}-{:02}-{:02}T{hour:02}:{minute:02}:{:02}", month + 1, day + 1, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_exchange_does() {
        assert_eq!(written(0), "1970-01-01T00:00:00");
        assert_eq!(written(951_782_399), "2000-02-28T23:59:59");
        assert_eq!(written(951_782_400), "2000-02-29T00:00:00");
        assert_eq!(written(1_767_600_900), "2026-01-05T08:15:00");
    }
}
