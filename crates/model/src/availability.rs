//! Availability numbers and access levels ([MS-PRES] 2.2.2, Office Communications Server 2007 R2 presence schema).

/// An availability number as it stands on the wire: 3500 is available, 18500 offline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Availability(pub u32);

/// What a range of availability numbers means to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AvailabilityClass {
    /// 0 to 2999: nothing is known.
    Undefined,
    /// 3000 to 4499.
    Available,
    /// 4500 to 5999: available, but idle.
    AvailableIdle,
    /// 6000 to 7499.
    Busy,
    /// 7500 to 8999: busy, but idle.
    BusyIdle,
    /// 9000 to 11999.
    DoNotDisturb,
    /// 12000 to 14999.
    BeRightBack,
    /// 15000 to 17999.
    Away,
    /// 18000 and above.
    Offline,
}

impl Availability {
    /// Available: 3500.
    pub const AVAILABLE: Self = Self(3500);
    /// Available but idle: 5000.
    pub const IDLE: Self = Self(5000);
    /// Busy: 6500.
    pub const BUSY: Self = Self(6500);
    /// What the Team sees of Do Not Disturb, "urgent interruptions only": 6900.
    pub const URGENT_ONLY: Self = Self(6900);
    /// Busy but idle: 7500.
    pub const BUSY_IDLE: Self = Self(7500);
    /// Do Not Disturb: 9500.
    pub const DO_NOT_DISTURB: Self = Self(9500);
    /// Be Right Back: 12500.
    pub const BE_RIGHT_BACK: Self = Self(12500);
    /// Away: 15500.
    pub const AWAY: Self = Self(15500);
    /// Offline, or appearing so: 18500.
    pub const OFFLINE: Self = Self(18500);

    /// Returns what this number means.
    pub const fn class(self) -> AvailabilityClass {
        match self.0 {
            0..=2999 => AvailabilityClass::Undefined,
            3000..=4499 => AvailabilityClass::Available,
            4500..=5999 => AvailabilityClass::AvailableIdle,
            6000..=7499 => AvailabilityClass::Busy,
            7500..=8999 => AvailabilityClass::BusyIdle,
            9000..=11999 => AvailabilityClass::DoNotDisturb,
            12000..=14999 => AvailabilityClass::BeRightBack,
            15000..=17999 => AvailabilityClass::Away,
            _ => AvailabilityClass::Offline,
        }
    }
}

/// Names one of a person's containers ([MS-PRES] 3.2): 0 to 32767.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerId(pub u16);

impl ContainerId {
    /// Everyone not matched elsewhere; its membership can't be changed.
    pub const DEFAULT: Self = Self(0);
    /// Only the person's own endpoints read it.
    pub const OWN: Self = Self(1);
    /// States aggregated for the public, the company and personal contacts.
    pub const AGGREGATION: Self = Self(2);
    /// States aggregated for the team.
    pub const TEAM_AGGREGATION: Self = Self(3);
    /// Access level Public.
    pub const PUBLIC: Self = Self(100);
    /// Access level Company.
    pub const COMPANY: Self = Self(200);
    /// Access level Team.
    pub const TEAM: Self = Self(300);
    /// Access level Personal.
    pub const PERSONAL: Self = Self(400);
    /// Access level Blocked.
    pub const BLOCKED: Self = Self(32000);
}

/// A level of access by the name that Communicator shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Sees everything published for friends and family.
    Personal,
    /// Sees more than the company, and may interrupt Do Not Disturb.
    Team,
    /// Sees what colleagues see.
    Company,
    /// Sees availability and little else.
    Public,
    /// Sees the person offline.
    Blocked,
}

impl AccessLevel {
    /// Every level, most trusted first.
    pub const ALL: [Self; 5] = [Self::Personal, Self::Team, Self::Company, Self::Public, Self::Blocked];

    /// Returns the container that holds what this level sees. The numbers stand here and nowhere else.
    pub const fn container(self) -> ContainerId {
        match self {
            Self::Personal => ContainerId::PERSONAL,
            Self::Team => ContainerId::TEAM,
            Self::Company => ContainerId::COMPANY,
            Self::Public => ContainerId::PUBLIC,
            Self::Blocked => ContainerId::BLOCKED,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_canonical_number_lies_in_its_class() {
        use AvailabilityClass as C;
        let table = [
            (Availability(0), C::Undefined),
            (Availability::AVAILABLE, C::Available),
            (Availability::IDLE, C::AvailableIdle),
            (Availability::BUSY, C::Busy),
            (Availability::URGENT_ONLY, C::Busy),
            (Availability::BUSY_IDLE, C::BusyIdle),
            (Availability::DO_NOT_DISTURB, C::DoNotDisturb),
            (Availability::BE_RIGHT_BACK, C::BeRightBack),
            (Availability::AWAY, C::Away),
            (Availability::OFFLINE, C::Offline),
            (Availability(u32::MAX), C::Offline),
        ];
        for (number, class) in table {
            assert_eq!(number.class(), class, "{number:?}");
        }
    }
}
