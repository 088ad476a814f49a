"""Words that invented titles, people and summaries are made of."""

from __future__ import annotations

SHOW_TITLES: tuple[tuple[str, int, str], ...] = (
    ("Harbour Lights & Low Tide", 2014, "Drama"),
    ("The Clockmaker's Orchard", 2018, "Fantasy"),
    ("Quiet Bridges", 2011, "Drama"),
    ("Inspector Valdemar Investigates", 2006, "Crime"),
    ("Fjordvakten", 2019, "Crime"),
    ("Café Mélancolie", 2016, "Comedy"),
    ("Тихая станция", 2017, "Drama"),
    ("Письма из Вельска", 2013, "History"),
    ("Kitchen Table Physics", 2020, "Documentary"),
    ("Pinebrook Road", 1994, "Family"),
    ("Low Orbit Motel 🚀", 2022, "Science Fiction"),
    ("The Paper Cartographers", 2015, "Adventure"),
    ("Zwölf Türen", 2012, "Mystery"),
    ("Nordlys & Sons", 2010, "Comedy"),
    ("Milkweed County", 1987, "Drama"),
    ("Signal to Nowhere", 2021, "Science Fiction"),
    ("“Tell No One, Margit”", 2009, "Thriller"),
    ("La Casa de los Relojes", 2018, "Mystery"),
    ("Sextant", 2003, "Adventure"),
    ("Marrow & Vine", 2023, "Drama"),
    ("Ordinary Comets", 2016, "Comedy"),
    ("The Lamplighter Papers", 1999, "Crime"),
    ("Saltwater Verdict", 2008, "Crime"),
    ("Copper Wire Kids", 1991, "Family"),
    ("Ö — The Island", 2014, "Thriller"),
    ("A Year of Small Repairs", 2019, "Documentary"),
    ("Greyhound Terrace", 1982, "Comedy"),
    ("Wren's Almanac", 2005, "History"),
    ("Departures from Gate 0", 2020, "Thriller"),
    ("Kilometre 40", 2011, "Drama"),
    ("Undertow Division", 2017, "Crime"),
    ("Bread, Salt, Thunder", 2015, "Drama"),
    ("The Other Cartwheel Café", 2001, "Comedy"),
    ("Nocturne for Two Typewriters", 1976, "Drama"),
    ("Basalt", 2024, "Science Fiction"),
    ("Åskväder", 2022, "Thriller"),
    ("Sixteen Umbrellas", 2007, "Comedy"),
    ("Field Notes on Foxes", 2018, "Documentary"),
    ("The Velvet Assize", 1996, "History"),
    ("Lanternfish Bay", 2013, "Mystery"),
    ("Half Past Yesterday", 2010, "Science Fiction"),
    ("Postmaster of the Plains", 1968, "Western"),
    ("Ember & Ash, Attorneys", 2004, "Drama"),
    ("Tin Roof Radio", 1989, "Comedy"),
)

ANIME_TITLES: tuple[tuple[str, int, str], ...] = (
    ("星屑の時計塔", 2016, "Fantasy"),
    ("雨宿りのレシピ", 2021, "Comedy"),
    ("Kaze no Teikoku", 2012, "Adventure"),
    ("海猫ステーション", 2019, "Drama"),
    ("Tsukikage Express", 2008, "Mystery"),
    ("灯台守とロボット", 2023, "Science Fiction"),
    ("Hoshi Ramen Chronicle", 2014, "Comedy"),
    ("夜明け前のバス停", 2020, "Drama"),
    ("Kumo to Kaminari", 1998, "Adventure"),
    ("Momiji Detective Club", 2017, "Mystery"),
    ("紙飛行機の約束", 2015, "Drama"),
    ("Iron Petal Brigade", 2002, "Science Fiction"),
    ("Yuki no Toshokan", 2011, "Fantasy"),
    ("Sakuragaoka 404", 2022, "Thriller"),
    ("金魚すくいの夏", 2018, "Drama"),
    ("Garasu no Orchestra", 2009, "Music"),
)

MOVIE_TITLES: tuple[tuple[str, int], ...] = (
    ("El faro de sal", 2015),
    ("Последний трамвай на Ладогу", 2009),
    ("ガラスの地図", 2018),
    ("Der Uhrmacher von Übersee", 1974),
    ("L’été des cerfs-volants", 2003),
    ("Amélie-les-Bains, Hors Saison", 2012),
    ("Smörgås & Silence", 2016),
    ('The "Perfect" Forgery of Anton Reyk', 1998),
    ("Moonlit Salvage 🌙", 2021),
    ("雪どけの手紙", 1989),
    ("Çınar Ağacının Altında", 2014),
    ("Łódź Nocturne", 1967),
    ("O Silêncio das Marés", 2010),
    ("Die Kartografin & der Fluss", 2019),
    ("Дом у семи берёз", 1983),
    ("하늘 아래 정류장", 2020),
    ("纸灯笼", 2006),
    ("شارع الياسمين", 2013),
    ("Το Καφενείο του Ανέμου", 1995),
    ("Nächster Halt: Morgen", 2017),
)

ADJECTIVES = (
    "Amber", "Hollow", "Borrowed", "Cobalt", "Crooked", "Distant", "Drowsy", "Elder", "Feral", "Gilded",
    "Granite", "Hushed", "Idle", "Ivory", "Juniper", "Last", "Lacquered", "Lopsided", "Marbled",
    "Midwinter", "Narrow", "Northern", "Oblique", "Ochre", "Paper", "Patient", "Quarrelsome", "Restless",
    "Russet", "Saffron", "Second", "Secondhand", "Slate", "Stubborn", "Tangled", "Thirteenth", "Unlit",
    "Velvet", "Wandering", "Weathered", "Wooden", "Yonder",
)  # fmt: skip
NOUNS = (
    "Almanac", "Anchorage", "Apiary", "Archive", "Bakery", "Barometer", "Beacon", "Bellows", "Boathouse",
    "Cantata", "Caravan", "Cathedral", "Census", "Cellist", "Chandler", "Cipher", "Compass", "Cormorant",
    "Courier", "Curlew", "Dynamo", "Easel", "Embankment", "Envelope", "Estuary", "Ferryman", "Foundry",
    "Gardener", "Glacier", "Gondola", "Granary", "Harvest", "Heron", "Hourglass", "Inkwell", "Interval",
    "Junction", "Kiln", "Lantern", "Ledger", "Lighthouse", "Locksmith", "Magpie", "Meridian", "Metronome",
    "Millstone", "Mosaic", "Nightjar", "Oarsman", "Observatory", "Orchard", "Overture", "Parade", "Parasol",
    "Pendulum", "Plateau", "Quarry", "Quilt", "Railway", "Reservoir", "Sextant", "Sparrow", "Tannery",
    "Telegram", "Threshold", "Tollgate", "Turbine", "Umbrella", "Viaduct", "Violin", "Vineyard", "Wharf",
    "Windmill", "Workshop", "Zeppelin",
)  # fmt: skip
PLACES = (
    "Aldermoor", "Brackenridge", "Calder Bay", "Dunmere", "Eskholm", "Farrow Point", "Galtby", "Hexley",
    "Innismoor", "Jarrow Vale", "Kestrel Hill", "Lindesfarne Quay", "Marlow Deep", "Ostrava Pass",
    "Port Sorrel", "Quillan", "Rookhope", "Sandvik", "Ulverness", "Varmland", "Westering", "Ysolde",
    "Zelenka",
)  # fmt: skip
GERUNDS = (
    "Borrowing", "Burying", "Charting", "Chasing", "Counting", "Folding", "Forgetting", "Gathering",
    "Guarding", "Inventing", "Leaving", "Losing", "Mending", "Naming", "Outrunning", "Painting",
    "Repairing", "Selling", "Stealing", "Teaching", "Unpacking", "Waiting for", "Whistling at",
)  # fmt: skip
FIRST_NAMES = (
    "Ada", "Anselm", "Beatriz", "Bram", "Chidi", "Daria", "Edda", "Emeka", "Fenna", "Goran", "Hana", "Ilse",
    "Ivo", "Jorun", "Kaito", "Lena", "Liesl", "Mateus", "Mireille", "Nadia", "Oskar", "Petra", "Quentin",
    "Ravi", "Runa", "Sofía", "Tadeo", "Uma", "Viggo", "Wanda", "Xenia", "Yusuf", "Zofia",
)  # fmt: skip
LAST_NAMES = (
    "Abara", "Bergqvist", "Castellane", "Dvorak", "Eklund", "Falk", "Grunwald", "Haddad", "Ishida",
    "Jansson", "Kowalczyk", "Lindqvist", "Moreau", "Nakagawa", "Okonkwo", "Petrov", "Quist", "Rosales",
    "Sørensen", "Tanaka", "Ulvang", "Varga", "Whitlock", "Yilmaz", "Zelenka",
)  # fmt: skip
STUDIOS = (
    "Lanternhouse", "Nordstern Film", "Blue Kiln Pictures", "Tide & Timber", "Estación 9", "Hoshi Works",
)  # fmt: skip
GENRES = (
    "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy", "History",
    "Mystery", "Romance", "Science Fiction", "Thriller", "Western",
)  # fmt: skip
MOVIE_RATINGS = (
    "G", "PG", "PG-13", "R", "de/12", "NR", None,
)  # fmt: skip
TV_RATINGS = (
    "TV-G", "TV-PG", "TV-14", "TV-MA", None,
)  # fmt: skip
SUMMARY_OPENINGS = (
    "When a letter arrives nineteen years late",
    "On the night the ferries stop running",
    "After the town loses its only bell",
    "A retired surveyor takes one last commission and",
    "Two rivals share a workbench for a winter, and",
    "The archive burns, nobody is hurt, and",
    "Between two trains",
    "As the reservoir rises over the old village",
)
SUMMARY_MIDDLES = (
    "a clerk finds a map that nobody drew",
    "three strangers agree on a lie",
    "the lighthouse keeper's daughter keeps count",
    "an honest mistake becomes a tradition",
    "someone has to tell the children",
    "the wrong violin is returned",
    "a promise is measured to the millimetre",
)
SUMMARY_ENDINGS = (
    "Nothing is broken that cannot be mended.",
    "What follows changes the valley for good.",
    "The bill arrives in spring.",
    "It is funnier than it sounds.\r\nIt is also sadder.",
    "Everyone remembers it differently.",
    "The last page is missing.",
)
MUSIC_ARTISTS = (
    "Los Relojeros", "The Quiet Turbines", "Ångström Trio", "Märta & the Millstones", "夜行列車",
    "Saltmarsh Choir", "Ensemble Papier", "Gate Zero", "Tin Roof Radio", "Оркестр «Станция»",
    "DJ Barometer", "Copper Wire",
)  # fmt: skip
