"""Invented names: organizations, vendors, customers, and what vendors of each category cost.

Here: word lists, and the rules that combine them into names that never collide. Not here: who is paid how often, see
``roster``. All names are made up; any likeness to a real business is chance.
"""

from dataclasses import dataclass

from ledgerwatch_demo.draws import draw


@dataclass(frozen=True, slots=True)
class Trade:
    """A kind of vendor: the category of its payments, endings of its names, and its usual payment in whole units."""

    category: str
    endings: tuple[str, ...]
    payment: int


# 61 and 48 have no common divisor, so (i mod 61, i mod 48) differs for every i below 61 * 48.
ORGANIZATION_FIRST = tuple(
    """
    Harbor Northgate Silverline Cedar Bluewater Granite Meadow Summit Lakeside Ironwood Maple Crestview Riverbend
    Oakfield Brightwell Stonebridge Fairhaven Westbrook Eastmoor Pinecrest Highland Ashford Kingsley Redwood
    Seabrook Thornhill Windmere Amberley Birchwood Claremont Dunmore Elmhurst Foxglove Glenview Hawthorne
    Inverness Juniper Kestrel Larkspur Marlowe Norwood Orchard Pemberton Quarry Rosedale Saltmarsh Tamarack
    Underhill Valewood Waverly Yarrow Alder Beacon Copperfield Driftwood Evergreen Falcon Greystone Hollybrook
    Lantern Millstone
    """.split()
)
ORGANIZATION_SECOND = tuple(
    """
    Foods Clinic Logistics Studios Robotics Bakery Dental Hotels Academy Textiles Pharmacy Printing Brewing
    Aviation Energy Veterinary Furniture Optics Ceramics Publishing Outfitters Nurseries Machining Packaging
    Software Analytics Housing Theatre Museum Fitness Roofing Plumbing Electronics Marine Dairy Seeds Cycles Paper
    Glass Motors Instruments Labs Interiors Catering Coffee Toys Transit Security
    """.split()
)
MAX_ORGANIZATIONS = len(ORGANIZATION_FIRST) * len(ORGANIZATION_SECOND)

VENDOR_FIRST = tuple(
    """
    Abbott Alpine Anchor Arrow Aurora Baltic Barton Benson Bluepeak Boreal Cardinal Carver Castle Cobalt Corvid
    Crown Delta Dorset Emerald Ferris Flint Gable Garland Halden Harlow Hexham Ibis Indigo Ironbridge Jasper
    Keystone Langley Linden Lumière Meridian Monarch Nimbus Nordic Oberon Onyx Orion Palisade Peregrine Pioneer
    Quill Radley Ravenna Saxon Sierra Sterling Tandem Tern Tidewater Umber Vantage Vesper Wexford Willow Yorke
    Zephyr Ångström Búrgos Müller
    """.split()
)

# Categories that take turns over the vendors ranked by number of payments, so each appears among the busy and the rare.
SUPPLIERS = (
    Trade("Inventory", ("Wholesale", "Trading", "Supply Co"), 2200),
    Trade("Freight", ("Freight", "Haulage", "Forwarding"), 1300),
    Trade("Cloud Services", ("Cloud", "Hosting", "Data Services"), 1700),
    Trade("Materials", ("Materials", "Timber & Steel", "Mills"), 1900),
    Trade("Couriers", ("Couriers", "Parcels", "Express"), 130),
    Trade("Contractors", ("Contracting", "Staffing", "Associates"), 2700),
    Trade("Travel", ("Travel", "Air", "Rail Tickets"), 780),
    Trade("Office Supplies", ("Office Supplies", "Stationers", "Paper Goods"), 240),
    Trade("Maintenance", ("Maintenance", "Repairs", "Facilities"), 1100),
    Trade("Professional Services", ("& Partners, LLP", "Legal LLP", "Tax Advisers, Inc."), 2600),
    Trade("Meals", ("Café", "Kitchen", 'Deli "Corner"'), 190),
    Trade("Equipment", ("Equipment Hire", "Tools", "Instruments Co"), 1600),
)
# One bill a month whose amount moves a little: where a sudden jump is most telling.
BILLS = (
    Trade("Utilities", ("Electric",), 1900),
    Trade("Utilities", ("Water",), 640),
    Trade("Telecom", ("Telecom",), 520),
    Trade("Cleaning", ("Cleaning",), 1150),
    Trade("Utilities", ("Gas",), 1050),
    Trade("Security", ("Security",), 1400),
    Trade("Waste", ("Recycling",), 430),
    Trade("Fuel", ("Fuel Cards",), 1750),
    Trade("Accounting", ("Bookkeeping",), 1300),
    Trade("Printing", ("Printers",), 560),
    Trade("Fleet", ("Vehicle Leasing",), 1600),
    Trade("IT Support", ("Managed IT",), 1850),
)
# The same amount every month.
FIXED = (
    Trade("Rent", ("Properties",), 6400),
    Trade("Insurance", ("Mutual Insurance",), 1900),
    Trade("Software", ("CRM",), 890),
    Trade("Software", ("Payroll Software",), 249),
    Trade("Software", ("Design Suite",), 310),
    Trade("Software", ("Video Meetings",), 149),
    Trade("Telecom", ("Broadband",), 120),
    Trade("Software", ("Helpdesk",), 420),
    Trade("Memberships", ("Trade Association",), 95),
    Trade("Software", ("Backup",), 199),
    Trade("Leasing", ("Copier Leasing",), 275),
    Trade("Software", ("Password Vault",), 79),
    Trade("Storage", ("Self Storage",), 340),
    Trade("Parking", ("Parking",), 180),
)
ADVERTISING = Trade("Advertising", ("Media",), 1400)
# Never among an organization's regular vendors: names of its new and returning ones.
ONE_OFF = (
    Trade("Consulting", ("Consulting", "Strategy Group"), 4200),
    Trade("Equipment", ("Machinery", "Auctions"), 5200),
    Trade("Events", ("Events", "Exhibitions"), 2600),
    Trade("Renovation", ("Architects", "Joinery"), 4800),
)
CUSTOMERS = Trade("Revenue", ("Stores", "Group", "Retail", "Holdings", "Markets", "Partners", "Distribution"), 0)


def organization_name(index: int) -> str:
    """Return the name of organization ``index``; the same for every seed, so that documentation can speak of one."""
    return (
        f"{ORGANIZATION_FIRST[index % len(ORGANIZATION_FIRST)]} {ORGANIZATION_SECOND[index % len(ORGANIZATION_SECOND)]}"
    )


def slug_of(name: str) -> str:
    """Return the slug of an invented organization name (letters and single spaces only)."""
    return name.lower().replace(" ", "-")


class NameBook:
    """Hands out vendor names of one organization, never one twice."""

    def __init__(self, *key: object) -> None:
        """Start an empty book; ``key`` decides the names it will give."""
        self._key = key
        self._given: set[str] = set()

    def give(self, trade: Trade) -> str:
        """Return an unused name that ends as ``trade`` does; numbered like a branch when all plain ones are taken."""
        choices = len(VENDOR_FIRST) * len(trade.endings)
        start = draw(*self._key, trade.endings[0], len(self._given)) % choices
        for step in range(choices):
            first, ending = divmod((start + step) % choices, len(trade.endings))
            name = f"{VENDOR_FIRST[first]} {trade.endings[ending]}"
            if name not in self._given:
                self._given.add(name)
                return name
        name = f"{VENDOR_FIRST[start // len(trade.endings)]} {trade.endings[0]} No. {len(self._given)}"
        self._given.add(name)
        return name
