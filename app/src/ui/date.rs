//! Dates and times as the NHS content style writes them: `3 March 2026 at 2:05pm GMT`.
//!
//! Everything is stored in UTC and shown in the time of the United Kingdom. The rule of summer time is fixed by
//! the Summer Time Order 2002: from 1am UTC on the last Sunday of March to 1am UTC on the last Sunday of October.
//! It is written out here so that no time zone database has to be shipped.

use leptos::prelude::*;
use time::{Date, Duration, Month, OffsetDateTime, Time, Weekday};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The day of the month of the last Sunday of a month that has 31 days.
fn last_sunday(year: i32, month: Month) -> u8 {
    let weekday = Date::from_calendar_date(year, month, 31).map_or(Weekday::Sunday, Date::weekday);
    31 - weekday.number_days_from_sunday()
}

/// True while British Summer Time is in force at that moment.
pub fn is_summer_time(moment: OffsetDateTime) -> bool {
    let utc = moment.to_offset(time::UtcOffset::UTC);
    let reached = |month| (utc.day(), utc.hour()) >= (last_sunday(utc.year(), month), 1);
    match utc.month() {
        Month::March => reached(Month::March),
        Month::October => !reached(Month::October),
        month => (4..=9).contains(&u8::from(month)),
    }
}

fn local(moment: OffsetDateTime) -> (OffsetDateTime, &'static str) {
    let utc = moment.to_offset(time::UtcOffset::UTC);
    if is_summer_time(utc) { (utc + Duration::HOUR, "BST") } else { (utc, "GMT") }
}

/// The moment at which a day begins in the United Kingdom.
pub fn midnight(day: Date) -> OffsetDateTime {
    let in_utc = day.with_time(Time::MIDNIGHT).assume_utc();
    let in_summer = in_utc - Duration::HOUR;
    if is_summer_time(in_summer) { in_summer } else { in_utc }
}

/// `3 March 2026`.
pub fn date_text(date: Date) -> String {
    format!("{} {} {}", date.day(), MONTHS[usize::from(u8::from(date.month())) - 1], date.year())
}

/// `3 March 2026`: the day of a moment in the United Kingdom.
pub fn day_text(moment: OffsetDateTime) -> String {
    date_text(local(moment).0.date())
}

/// `3 March 2026 at 2:05pm GMT`. Minutes are left out on the hour: `2pm`; 12 o'clock is midday or midnight.
pub fn date_time_text(moment: OffsetDateTime) -> String {
    let (shown, zone) = local(moment);
    let half = if shown.hour() < 12 { "am" } else { "pm" };
    let time = match (shown.hour() % 12, shown.minute(), half) {
        (0, 0, "am") => "midnight".to_owned(),
        (0, 0, _) => "midday".to_owned(),
        (0, minute, half) => format!("12:{minute:02}{half}"),
        (hour, 0, half) => format!("{hour}{half}"),
        (hour, minute, half) => format!("{hour}:{minute:02}{half}"),
    };
    format!("{} at {time} {zone}", date_text(shown.date()))
}

/// The moment as machines read it, for the `datetime` attribute: `2026-03-03T14:05:00Z`.
pub fn machine_text(moment: OffsetDateTime) -> String {
    let utc = moment.to_offset(time::UtcOffset::UTC);
    let (date, time) = (utc.date(), utc.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// A moment in words inside `<time>`.
#[component]
pub fn DateTime(
    /// The moment, in any offset; it is shown in UK time.
    at: OffsetDateTime,
) -> impl IntoView {
    view! { <time datetime=machine_text(at)>{date_time_text(at)}</time> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn summer_time_begins_and_ends_at_one_in_the_morning_utc() {
        for (moment, expected) in [
            (datetime!(2026-03-29 00:59:59 UTC), false),
            (datetime!(2026-03-29 01:00 UTC), true),
            (datetime!(2026-10-25 00:59:59 UTC), true),
            (datetime!(2026-10-25 01:00 UTC), false),
            (datetime!(2024-03-31 01:00 UTC), true),
            (datetime!(2026-01-01 12:00 UTC), false),
            (datetime!(2026-07-01 12:00 UTC), true),
        ] {
            assert_eq!(is_summer_time(moment), expected, "{moment}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_in_the_united_kingdom() {
        for (day, begins) in [
            (date!(2026 - 03 - 01), datetime!(2026-03-01 0:00 UTC)),
            (date!(2026 - 03 - 29), datetime!(2026-03-29 0:00 UTC)),
            (date!(2026 - 03 - 30), datetime!(2026-03-29 23:00 UTC)),
            (date!(2026 - 10 - 25), datetime!(2026-10-24 23:00 UTC)),
            (date!(2026 - 10 - 26), datetime!(2026-10-26 0:00 UTC)),
        ] {
            assert_eq!(midnight(day), begins, "{day}");
        }
    }

    #[test]
    fn times_carry_their_zone_and_follow_the_content_style() {
        for (moment, expected) in [
            (datetime!(2026-03-03 14:05 UTC), "3 March 2026 at 2:05pm GMT"),
            (datetime!(2026-07-01 23:30 UTC), "2 July 2026 at 12:30am BST"),
            (datetime!(2026-07-01 11:00 UTC), "1 July 2026 at midday BST"),
            (datetime!(2026-03-03 0:00 UTC), "3 March 2026 at midnight GMT"),
            (datetime!(2026-07-01 11:00 +2), "1 July 2026 at 10am BST"),
        ] {
            assert_eq!(date_time_text(moment), expected);
        }
        assert_eq!(date_text(date!(2026 - 12 - 25)), "25 December 2026");
    }
}
