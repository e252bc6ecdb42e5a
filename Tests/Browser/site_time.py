"""The time, as programs send it and as the staff of a site date a form."""
import datetime
import zoneinfo

ZONES = {
    "101": "Europe/London", "102": "Europe/London", "103": "Europe/Berlin", "104": "Europe/Amsterdam",
    "105": "Europe/Copenhagen", "106": "Europe/Zurich"}


def now(minutes=0):
    """The instant so many minutes from now, in UTC."""
    instant = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def today(site="101"):
    """The date at a site, which near midnight is not that of UTC."""
    return datetime.datetime.now(zoneinfo.ZoneInfo(ZONES[site])).date()
