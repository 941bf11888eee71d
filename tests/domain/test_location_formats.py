"""Where telephones and networks say a caller is: as the standards write it, and as the hostile do."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siaga.adapters.phone.sip.location_headers import BODY, location_in
from siaga.domain.access_network import cell_key, cells_in, key_of_numbers
from siaga.domain.aml import is_aml, read_form, read_text
from siaga.domain.location_rules import LocationRules
from siaga.domain.pidf import BYTES_MAX, read_pidf, sector_circle
from siaga.domain.place import metres_between

V1 = 'A"ML=1;lt=-6.72345;lg=+108.55190;rd=14;top=20261122040000;lc=95;pm=G;si=5101012;ei=1;mcc=510;mnc=10;ml=127'
NULL = (
    'A"ML=1;lt=+00.00000;lg=+000.00000;rd=N;top=20220131173734;lc=0;pm=N;si=234159000000000;ei=123456789012345;'
    "mcc=234;mnc=15;ml=127"
)
V2 = (
    'A"ML=2;en=+15555555555;et=1593187189;lo=-37.42175,-122.08461,20.1;lt=-9;lc=68;lz=-100.1,100.1;ls=G;'
    "ei=358239059042542;nc=310260;hc=310260;lg=en-US"
)
NOTHING = LocationRules()


def test_a_telephones_text_is_read_and_its_wrong_length_is_not_held_against_it() -> None:
    message = read_text(V1.replace("ml=127", "ml=999"))
    assert message is not None
    assert message.fix is not None
    assert (message.fix.lat, message.fix.lon, message.fix.accuracy_m) == (-6.72345, 108.5519, 14)
    assert (message.fix.confidence_percent, message.fix.method) == (95, "GPS")
    assert message.fix.at == datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", [NULL, 'A"ML=1', 'A"ML=1;lt=north;lg=east', 'A"ML=1;lt=0;lg=0;rd=5;pm=G', 'A"ML=1;lt=91;lg=0']
)
def test_a_telephone_that_does_not_know_where_it_is_has_no_place(text: str) -> None:
    message = read_text(text)
    assert message is not None
    assert message.fix is None


def test_the_second_version_means_other_things_by_the_same_letters() -> None:
    message = read_text(V2)
    assert message is not None
    assert message.fix is not None
    assert (message.fix.lat, message.fix.lon, message.fix.accuracy_m) == (-37.42175, -122.08461, 20.1)
    assert message.fix.at == datetime.fromtimestamp(1593187180, UTC)


def test_the_words_of_a_person_are_no_message() -> None:
    assert not is_aml("tolong ada kebakaran")
    assert read_text("AML 1") is None
    assert is_aml("A”ML=1;lt=1;lg=2")  # a gateway that corrects quotation marks


@pytest.mark.parametrize(
    ("more", "percent"),
    [
        ({"location_confidence": "0.68"}, 68),
        ({"location_certainty": "83"}, 83),
        ({"location_confidence": "83"}, 83),
        ({}, None),
    ],
)
def test_the_form_says_how_sure_it_is_in_two_ways(more: dict[str, str], percent: int | None) -> None:
    form = {"location_latitude": "-6.7", "location_longitude": "108.5", "location_accuracy": "20.5",
            "location_time": "1763780400000", "location_source": "WIFI", "device_number": "+62 812-3456-789",
            **more}  # fmt: skip
    message = read_form(form)
    assert message.fix is not None
    assert message.number == "+628123456789"
    assert (message.fix.confidence_percent, message.fix.method) == (percent, "Wi-Fi")


def shape(inside: str, *, dimension: str = "4326", more: str = "") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"
 xmlns:gml="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0"
 xmlns:con="urn:ietf:params:xml:ns:geopriv:conf" entity="pres:a@b.c"><tuple id="a"><status><gp:geopriv>
<gp:location-info>{inside.replace("SRS", f"srsName='urn:ogc:def:crs:EPSG::{dimension}'")}{more}</gp:location-info>
<gp:method>Cell</gp:method></gp:geopriv></status>
<timestamp>2026-11-22T04:00:00Z</timestamp></tuple></presence>""".encode()


CIRCLE = (
    "<gs:Circle SRS><gml:pos>-6.7 108.5</gml:pos>"
    "<gs:radius uom='urn:ogc:def:uom:EPSG::9001'>850.24</gs:radius></gs:Circle>"
)
POLYGON = (
    "<gml:Polygon SRS><gml:exterior><gml:LinearRing><gml:posList>-6.7 108.5 -6.7 108.51 -6.71 108.51 -6.71 108.5 "
    "-6.7 108.5</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
)


def test_every_shape_becomes_the_circle_that_holds_it() -> None:
    circle = read_pidf(shape(CIRCLE, more="<con:confidence pdf='normal'>90</con:confidence>"))
    assert circle is not None
    assert (circle.lat, circle.lon, circle.accuracy_m, circle.confidence_percent) == (-6.7, 108.5, 850.24, 90)
    assert (circle.at, circle.method) == (datetime(2026, 11, 22, 4, 0, tzinfo=UTC), "Cell")
    point = read_pidf(
        shape("<gml:Point SRS><gml:pos>-6.7 108.5 12.0</gml:pos></gml:Point>", dimension="4979")
    )
    assert point is not None
    assert (point.lat, point.lon, point.accuracy_m) == (-6.7, 108.5, None)
    ellipse = read_pidf(
        shape("<gs:Ellipse SRS><gml:pos>-6.7 108.5</gml:pos><gs:semiMajorAxis>80</gs:semiMajorAxis>"
              "<gs:semiMinorAxis>20</gs:semiMinorAxis><gs:orientation>20</gs:orientation></gs:Ellipse>")
    )  # fmt: skip
    assert ellipse is not None
    assert ellipse.accuracy_m == 80
    polygon = read_pidf(shape(POLYGON))
    assert polygon is not None
    assert polygon.accuracy_m is not None
    corners = [(-6.7, 108.5), (-6.7, 108.51), (-6.71, 108.51), (-6.71, 108.5)]
    assert all(metres_between(polygon.lat, polygon.lon, *c) <= polygon.accuracy_m + 0.01 for c in corners)


def test_a_sector_is_held_by_its_circle_and_smaller_than_its_cell() -> None:
    band = read_pidf(
        shape("<gs:ArcBand SRS><gml:pos>-6.7 108.5</gml:pos><gs:innerRadius>100</gs:innerRadius>"
              "<gs:outerRadius>1000</gs:outerRadius><gs:startAngle>30</gs:startAngle>"
              "<gs:openingAngle>120</gs:openingAngle></gs:ArcBand>")
    )  # fmt: skip
    assert band is not None
    assert band.accuracy_m is not None
    assert 400 < band.accuracy_m < 1000
    assert band.lon > 108.5  # it looks east
    assert sector_circle(-6.7, 108.5, 1000, 0, 360) == (-6.7, 108.5, 1000)


BOMB = (
    b"<?xml version='1.0'?><!DOCTYPE p [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"
    b"<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]><p><pos>&c;</pos></p>"
)
FETCH = b"<?xml version='1.0'?><!DOCTYPE p SYSTEM 'file:///etc/passwd'><p/>"


@pytest.mark.parametrize(
    "document",
    [
        BOMB, FETCH, b"", b"<", b"\xff\xfe", b"<p/>", b"<a>" * 200,
        shape("<gml:Point SRS><gml:pos>6 x</gml:pos></gml:Point>"),
        b"<?xml version='1.0' encoding='nonsense-9'?><p/>", shape(CIRCLE) + b"x" * BYTES_MAX,
        shape("<gml:Point SRS><gml:pos>1e400 0</gml:pos></gml:Point>"),
        shape("<gml:Point SRS><gml:pos>nan nan</gml:pos></gml:Point>"),
        shape(CIRCLE).replace(b"<presence", b"<?run this?><presence", 1),
        shape("<gml:Point SRS><gml:pos>-6.7</gml:pos></gml:Point>"),
    ],
)  # fmt: skip
def test_a_document_that_does_more_than_say_a_place_is_not_read(document: bytes) -> None:
    assert read_pidf(document) is None


def test_cells_are_found_however_the_header_is_written() -> None:
    assert cells_in('3GPP-E-UTRAN-FDD;utran-cell-id-3gpp="5101012340123456"') == ("5101012340123456",)
    assert cells_in(
        "3GPP-GERAN; cgi-3gpp=51001ABCD1234, 3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=510100A1B0123456;network-provided"
    ) == ("510100a1b0123456", "51001abcd1234")
    assert (
        cell_key("510-10-1234-0123456") == key_of_numbers("510", "10", 0x1234, 0x123456) == "5101012340123456"
    )
    assert cells_in("IEEE-802.11; i-wlan-node-id=00:11") == ()


@settings(max_examples=150, deadline=None)
@given(
    text=st.one_of(st.text(max_size=300), st.binary(max_size=300).map(lambda raw: raw.decode("latin-1"))),
    cut=st.integers(0, 130),
)
def test_nothing_a_stranger_writes_raises_or_becomes_the_middle_of_the_ocean(text: str, cut: int) -> None:
    for words in (text, V1[:cut] + text, V2[:cut] + text, 'A"ML=1;lt=' + text, 'A"ML=2;lo=' + text):
        message = read_text(words)
        if message is not None and message.fix is not None:
            assert (message.fix.lat, message.fix.lon) != (0, 0)
            assert message.fix.accuracy_m is None or 0 < message.fix.accuracy_m <= 100_000
    read_form(
        {
            "location_latitude": text,
            "location_longitude": text,
            "location_time": text,
            "location_confidence": text,
        }
    )
    read_pidf(text.encode("utf-8", "replace"))
    read_pidf(shape(f"<gml:Point SRS><gml:pos>{text}</gml:pos></gml:Point>"))
    headers = {"P-Access-Network-Info": text, "Geolocation": f"<{text}>", BODY: text, "X-Own": text}
    own = LocationRules(
        header="X-Own", header_pattern=r"(?P<lat>[^;]*);(?P<lon>[^;]*);(?P<cell>.*)", reference_hosts=("a",)
    )
    json.dumps(location_in(headers, own), allow_nan=False)


@settings(max_examples=80, deadline=None)
@given(
    lat=st.floats(allow_nan=True, allow_infinity=True),
    lon=st.floats(allow_nan=True, allow_infinity=True),
    radius=st.floats(),
)
def test_whatever_numbers_a_network_sends_the_report_can_be_kept(
    lat: float, lon: float, radius: float
) -> None:
    rules = LocationRules(header="X-Own", header_pattern=r"(?P<lat>\S+) (?P<lon>\S+) (?P<radius>\S+)")
    told = location_in({"x-own": f"{lat} {lon} {radius}"}, rules)
    json.dumps(told, allow_nan=False)
    for fix in told.get("fixes", ()):
        assert -90 <= fix["lat"] <= 90
        assert -180 <= fix["lon"] <= 180


def test_an_address_of_a_stranger_is_never_asked() -> None:
    rules = LocationRules(reference_hosts=("lis.example.id",))
    ours = "https://lis.example.id:8443/where?c=1"
    assert location_in({"Geolocation": f"<{ours}>;inserted-by=p"}, rules) == {"uri": ours}
    for foreign in (
        "https://evil.example/", "http://lis.example.id/", "https://lis.example.id@evil.example/", "https://127.0.0.1/",
        "https://lis.example.id.evil.example/", "file:///etc/passwd", "https://evil.example/#lis.example.id",
    ):  # fmt: skip
        assert location_in({"Geolocation": f"<{foreign}>"}, rules) == {}
    assert location_in({"Geolocation": f"<{ours}>"}, NOTHING) == {}


def test_the_body_a_proxy_hands_over_is_read_with_or_without_the_headers_of_its_part() -> None:
    for before in (b"", b"Content-ID: <here@ms>\r\n\r\n"):
        told = location_in({BODY: base64.b64encode(before + shape(CIRCLE)).decode()}, NOTHING)
        assert told["fixes"][0]["accuracy_m"] == 850.24
    assert location_in({BODY: "no base64!"}, NOTHING) == {}


def test_a_geo_uri_and_the_operators_own_header_say_a_circle() -> None:
    assert location_in({"Geolocation": "<geo:-6.7,108.5;u=35>"}, NOTHING)["fixes"][0]["accuracy_m"] == 35
    own = LocationRules(
        header="X-Cell-Location",
        header_pattern=r"lat=(?P<lat>[-\d.]+);lon=(?P<lon>[-\d.]+);r=(?P<radius>\d+)",
    )
    told = location_in({"X-Cell-Location": "lat=-6.71;lon=108.55;r=410"}, own)
    assert told["fixes"] == [{"lat": -6.71, "lon": 108.55, "accuracy_m": 410.0, "method": ""}]
