"""THE TABLE: OpenStreetMap tags -> kind, class, severity, radius, drop side, meaning.

Columns of a rule: tag (`*` = any value), kind, class, severity, radius in metres, side of the
drop, meaning on the OSM wiki in our words. Class: O obstacle, E edge or drop, B busy way,
X crossing, S bad surface. Severity for somebody who goes backward: 3 fall, drop or vehicle;
2 trip or bump; 1 nuisance. The order of rows is the order in which ties are settled.
A row of `*` stands for every value without a row of its own, except `tag_rules.NO_FEATURE`.
"""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.messages import FastEnum

_POINTS = """
barrier=bollard             bollard       O 3 0.15 -     post against vehicles, often mid-path
barrier=block               block         O 2 0.6  -     block; one node may stand for a row
barrier=cycle_barrier       cycle_barrier O 3 1    -     staggered bars that slow bicycles
barrier=motorcycle_barrier  cycle_barrier O 3 1    -     bars that keep motorcycles out
barrier=gate                gate          O 2 1.2  -     gate, may stand open or shut
barrier=lift_gate           gate          O 2 1.5  -     arm that swings up
barrier=swing_gate          gate          O 2 1.5  -     arm that swings sideways
barrier=kissing_gate        gate          O 2 0.9  -     gate for one person at a time
barrier=stile               stile         O 3 0.8  -     steps over a fence
barrier=turnstile           gate          O 2 0.6  -     rotating gate for one person
barrier=chain               chain         O 3 1.5  -     chain at shin or knee height
barrier=rope                chain         O 3 1.5  -     rope between posts
barrier=log                 log           O 3 1    -     trunk laid across
barrier=debris              log           O 2 1    -     heap of rubble or wood across the way
barrier=jersey_barrier      block         O 2 1    -     heavy modular wall
barrier=planter             planter       O 2 0.6  -     tub with plants that blocks vehicles
man_made=planter            planter       O 2 0.6  -     tub with plants
barrier=kerb                kerb          E 2 0.5  -     edge of a pavement
barrier=step                step          E 3 0.5  -     single step
kerb=raised                 kerb          E 2 0.5  -     kerb higher than 3 cm
kerb=rolled                 kerb          E 1 0.5  -     kerb with a sloped face
kerb=regular                kerb          E 2 0.5  -     kerb of ordinary height
barrier=cattle_grid         cattle_grid   S 3 1.5  -     bars over a pit in the ground
barrier=height_restrictor   gate          O 1 1.5  -     beam overhead against tall vehicles
barrier=bump_gate           gate          O 2 1.5  -     gate pushed open by a vehicle
barrier=spikes              block         O 2 0.6  -     spikes in the ground
barrier=yes                 barrier       O 2 0.8  -     barrier of unknown kind
barrier=*                   barrier       O 2 0.8  -     barrier with a name of its own
amenity=bench               bench         O 3 0.8  -     place to sit, knee high
leisure=picnic_table        picnic_table  O 2 1    -     table with benches
amenity=waste_basket        bin           O 2 0.3  -     small bin, often on a post
amenity=waste_disposal      bin           O 2 0.8  -     large bin or container
amenity=recycling           bin           O 2 1.2  -     container for recycling
amenity=post_box            post_box      O 2 0.4  -     box to post letters
amenity=letter_box          post_box      O 1 0.3  -     private box to receive letters
amenity=vending_machine     cabinet       O 2 0.5  -     vending machine
amenity=parking_meter       pole          O 2 0.2  -     machine on a post
amenity=drinking_water      fountain      O 2 0.4  -     tap or drinking fountain
amenity=fountain            fountain      O 2 2    -     fountain with a basin
amenity=bicycle_parking     bike_stand    O 2 1.5  -     stands for bicycles
amenity=clock               pole          O 2 0.3  -     public clock, often on a post
amenity=telephone           cabinet       O 2 0.6  -     telephone box or column
amenity=bbq                 bbq           O 2 0.6  -     fixed grill
amenity=charging_station    cabinet       O 2 0.4  -     post that charges vehicles
natural=tree                tree          O 3 0.35 -     single tree
natural=stone               rock          O 2 0.8  -     single free boulder
natural=rock                rock          O 2 1    -     rock that grows out of the ground
natural=tree_stump          stump         O 3 0.4  -     stump left of a tree
highway=street_lamp         lamp          O 2 0.15 -     lamp post
highway=traffic_signals     pole          O 1 0.2  -     signal mast
power=pole                  pole          O 2 0.2  -     single pole of a minor line
power=tower                 pylon         O 2 2    -     lattice tower of a power line
man_made=street_cabinet     cabinet       O 2 0.5  -     technical cabinet at the road side
man_made=flagpole           pole          O 2 0.15 -     pole for a flag
man_made=utility_pole       pole          O 2 0.2  -     pole for lines or lamps
man_made=mast               pole          O 2 0.5  -     mast, smaller than a tower
traffic_sign=*              sign          O 1 0.1  -     sign on a post
information=board           board         O 2 0.6  -     information board
information=map             board         O 2 0.6  -     board with a map
information=guidepost       pole          O 2 0.15 -     post with direction signs
advertising=column          column        O 2 0.8  -     round advertising column
advertising=board           board         O 2 0.8  -     small board for notices
advertising=billboard       board         O 2 1.5  -     large advertising board
emergency=fire_hydrant      hydrant       O 2 0.25 -     hydrant; a pillar or a lid
historic=memorial           statue        O 2 0.8  -     memorial stone or statue
historic=wayside_cross      statue        O 2 0.6  -     cross at the way side
historic=boundary_stone     rock          O 2 0.3  -     stone that marks a boundary
tourism=artwork             statue        O 2 0.9  -     statue or other public art
leisure=fitness_station     fitness       O 2 1.5  -     outdoor exercise gear
entrance=main               door          O 1 0.8  -     main door of a building; opens outward
highway=bus_stop            bus_stop      O 1 1.2  -     stop with a sign and people who wait
amenity=shelter             shelter       O 2 1.5  -     roofed shelter
highway=crossing            crossing      X 3 2.5  -     place where a road is crossed on foot
railway=crossing            rail_crossing X 3 3    -     foot crossing of a railway
railway=level_crossing      rail_crossing X 3 4    -     road crossing of a railway
railway=tram_crossing       rail_crossing X 3 3    -     foot crossing of tram tracks
traffic_calming=*           bump          S 2 1.5  -     hump or cushion that slows vehicles
ford=yes                    ford          S 2 3    -     way that runs through water
hazard=*                    hazard        S 2 3    -     danger with a sign of its own
highway=elevator            door          O 1 1    -     lift door
natural=sinkhole            sinkhole      E 3 3    -     hole where the ground fell in
man_made=manhole            manhole       S 1 0.4  -     lid in the ground
tactile_paving=yes          tactile_paving S 1 0.5  -     studs or ribs in the ground
"""

_LINES = """
barrier=wall                wall          O 3 0.2  -     free-standing wall
barrier=fence               fence         O 3 0.1  -     fence
barrier=hedge               hedge         O 2 0.5  -     hedge
barrier=retaining_wall      drop_wall     E 3 0.3  right wall that holds back higher ground
barrier=city_wall           wall          O 3 1    -     old town wall
barrier=guard_rail          rail_barrier  O 3 0.2  -     rail along a road
barrier=handrail            rail_barrier  O 2 0.1  -     rail to hold
barrier=kerb                kerb          E 2 0.1  right edge of a pavement
kerb=rolled                 kerb          E 1 0.1  right with barrier=kerb: a sloped face
barrier=step                step          E 3 0.2  -     single step across or along the way
barrier=ditch               ditch         E 3 0.8  -     trench too wide to step over
barrier=cable_barrier       rail_barrier  O 3 0.2  -     steel cables along a road
barrier=jersey_barrier      wall          O 3 0.4  -     row of heavy modular walls
barrier=chain               chain         O 3 0.1  -     chain between posts
barrier=bollard             bollard_row   O 3 0.15 -     row of bollards
barrier=block               block         O 2 0.6  -     row of blocks
barrier=gate                gate          O 2 0.2  -     gate drawn as a line
barrier=cycle_barrier       cycle_barrier O 3 0.3  -     staggered bars drawn as a line
barrier=motorcycle_barrier  cycle_barrier O 3 0.3  -     bars that keep motorcycles out
barrier=lift_gate           gate          O 2 0.2  -     arm that swings up, drawn as a line
barrier=swing_gate          gate          O 2 0.2  -     arm that swings sideways
barrier=sliding_gate        gate          O 2 0.2  -     gate that slides aside
barrier=kissing_gate        gate          O 2 0.3  -     gate for one person at a time
barrier=turnstile           gate          O 2 0.3  -     rotating gate for one person
barrier=stile               stile         O 3 0.3  -     steps over a fence
barrier=rope                chain         O 3 0.1  -     rope between posts
barrier=log                 log           O 3 0.3  -     trunk laid across
barrier=debris              log           O 2 0.6  -     heap of rubble or wood
barrier=planter             planter       O 2 0.4  -     row of tubs with plants
barrier=cattle_grid         cattle_grid   S 3 1    -     bars over a pit in the ground
barrier=spikes              block         O 2 0.3  -     spikes in the ground
barrier=height_restrictor   gate          O 1 0.3  -     beam overhead against tall vehicles
barrier=yes                 barrier       O 2 0.2  -     barrier of unknown kind
barrier=*                   barrier       O 2 0.2  -     barrier with a name of its own
natural=tree_row            tree_row      O 3 0.6  -     line of trees
natural=cliff               cliff         E 3 0.5  right vertical drop
natural=earth_bank          bank          E 3 0.5  right steep bank of earth
man_made=embankment         bank          E 3 0.5  right raised bank
man_made=pier               pier_edge     E 3 0.2  -     edge of a pier over water
man_made=quay               quay          E 3 0.2  -     edge of a quay over water
man_made=breakwater         pier_edge     E 3 0.2  -     edge of a wall against waves
man_made=groyne             pier_edge     E 3 0.2  -     edge of a wall out into the water
man_made=dyke               bank          E 3 0.5  -     bank against floods
waterway=dock               water         E 3 0.2  -     edge of a dock
natural=water               water         E 3 0.2  -     edge of open water
natural=coastline           water         E 3 0.2  right edge of the sea
leisure=swimming_pool       water         E 3 0.2  -     edge of a pool
waterway=river              water         E 3 3    -     middle of a river, half width guessed
waterway=canal              water         E 3 3    -     middle of a canal, half width guessed
waterway=riverbank          water         E 3 0.2  -     shore of a river, older tag
waterway=lock_gate          water         E 3 0.3  -     gate of a lock over water
waterway=weir               water         E 3 0.5  -     step in a river bed
waterway=dam                water         E 3 0.5  -     wall that holds back water
waterway=tidal_channel      water         E 3 2    -     channel that the tide fills
waterway=stream             stream        E 2 0.8  -     water narrow enough to jump over
waterway=ditch              ditch         E 2 0.6  -     small artificial channel
waterway=drain              ditch         E 2 0.6  -     lined artificial channel
waterway=*                  stream        E 2 0.8  -     water of a rarer kind
landuse=basin               water         E 3 0.2  -     edge of an artificial basin
landuse=reservoir           water         E 3 0.2  -     edge of a reservoir
landuse=pond                water         E 3 0.2  -     edge of a pond, older tag
landuse=salt_pond           water         E 3 0.2  -     edge of a salt pond
landuse=aquaculture         water         E 3 0.2  -     edge of a fish pond
natural=lake                water         E 3 0.2  -     edge of a lake, older tag
natural=pond                water         E 3 0.2  -     edge of a pond, older tag
water=*                     water         E 3 0.2  -     edge of a water without another tag
amenity=fountain            fountain      E 2 0.2  -     fountain with a basin
highway=steps               steps         E 3 1    -     flight of steps, worst when descended
highway=ladder              steps         E 3 0.5  -     ladder
highway=construction        construction  S 2 2    -     way that is being built
amenity=bench               bench         O 3 0.4  -     place to sit, knee high
leisure=picnic_table        picnic_table  O 2 0.4  -     table with benches
amenity=bicycle_parking     bike_stand    O 2 0.2  -     stands for bicycles
leisure=playground          playground    B 2 0.5  -     playground: children who run
leisure=dog_park            dog_park      B 1 0.5  -     dogs off the lead
leisure=pitch               pitch         B 1 0.5  -     sports ground in use
railway=rail                rail          B 3 1.6  -     railway track
railway=light_rail          rail          B 3 1.6  -     light rail track
railway=tram                tram          B 3 1.4  -     tram track
railway=narrow_gauge        rail          B 3 1.4  -     narrow railway track
railway=disused             old_rail      S 2 1.4  -     rails left in the ground
railway=*                   rail          B 3 1.4  -     track of a rarer kind
railway=platform            platform_edge E 3 0.2  -     edge of a railway platform
public_transport=platform   platform_edge E 2 0.2  -     edge of a platform or a waiting area
building=*                  building      O 2 0.1  -     outer wall of a building
"""

# half a carriageway as the radius; a way of one of these is a busy way
_ROADS = """
highway=motorway            road3         B 3 7    -     carriageway, half of it as the radius
highway=trunk               road3         B 3 6    -     carriageway of a trunk road
highway=primary             road3         B 3 5    -     carriageway of a main road
highway=secondary           road3         B 3 4    -     carriageway of a secondary road
highway=tertiary            road2         B 3 3.5  -     carriageway of a collecting road
highway=unclassified        road2         B 3 3    -     carriageway of a minor road
highway=residential         road1         B 2 3    -     street with houses
highway=living_street       road1         B 2 3    -     street where people on foot go first
highway=service             service       B 2 2    -     drive, alley, car park aisle
highway=busway              road3         B 3 3.5  -     way for buses only
highway=motorway_link       road3         B 3 4    -     slip road of a motorway
highway=trunk_link          road3         B 3 4    -     slip road of a trunk road
highway=primary_link        road3         B 3 3.5  -     slip road of a main road
highway=secondary_link      road3         B 3 3.5  -     slip road of a secondary road
highway=tertiary_link       road2         B 3 3    -     slip road of a collecting road
highway=bus_guideway        road3         B 3 3    -     track for guided buses
highway=raceway             road3         B 3 5    -     race track for vehicles
highway=cycleway            cycleway      B 3 1.5  -     way for bicycles
highway=*                   road1         B 2 3    -     road of unknown or rarer kind
"""

_SHARED = "bicycle=designated           shared_path   B 2 1.5  -     path shared with bicycles"
_ROUGH = "surface=*                    rough_surface S 2 1    -     ground that trips a foot"


class HazardClass(FastEnum):
    """What a rule is about; the value stands in the table and in map files."""

    OBSTACLE = "O"
    EDGE = "E"
    BUSY_WAY = "B"
    CROSSING = "X"
    GROUND = "S"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    tag: str
    """`key=value`, `key=*` for any value."""
    kind: str
    """What it is; several tags may share a kind."""
    hazard_class: HazardClass
    """Obstacle, edge or drop, busy way, crossing, bad ground."""
    severity: int
    """[-] 3, 2 or 1."""
    radius_m: float
    """[m] Half the size of the feature, around its mapped point or line."""
    has_drop_right: bool
    """The lower side is on the right of the way's direction."""
    meaning: str
    """What the tag says."""

    @property
    def is_solid(self) -> bool:
        """Whether a body can hit it or fall from it (not a way, crossing or surface)."""
        return self.hazard_class is HazardClass.OBSTACLE or self.is_edge

    @property
    def is_edge(self) -> bool:
        """Whether it is an edge or a drop."""
        return self.hazard_class is HazardClass.EDGE

    @property
    def is_busy_way(self) -> bool:
        """Whether others move along it: a road, a track, a cycleway, a playground."""
        return self.hazard_class is HazardClass.BUSY_WAY

    @property
    def is_traffic(self) -> bool:
        """Whether others move there: a busy way, or a place where one is crossed."""
        return self.is_busy_way or self.hazard_class is HazardClass.CROSSING


def _rules(text: str) -> tuple[Rule, ...]:
    rules = []
    for line in text.strip().splitlines():
        tag, kind, cls, severity, radius, drop, meaning = line.split(maxsplit=6)
        rules.append(
            Rule(
                tag=tag,
                kind=kind,
                hazard_class=HazardClass(cls),
                severity=int(severity),
                radius_m=float(radius),
                has_drop_right=drop == "right",
                meaning=meaning,
            )
        )
    return tuple(rules)


POINT_RULES = _rules(_POINTS)
LINE_RULES = _rules(_LINES)
ROAD_RULES = _rules(_ROADS)
SHARED_PATH, ROUGH_SURFACE = _rules(_SHARED + "\n" + _ROUGH)

RULES: tuple[Rule, ...] = (*POINT_RULES, *LINE_RULES, *ROAD_RULES, SHARED_PATH, ROUGH_SURFACE)
"""Every rule; a map file refers to a rule by its place here and carries a copy of the list."""

PATH_ROADS = frozenset(
    (
        *("footway", "path", "pedestrian", "track", "bridleway", "steps", "platform"),
        *("corridor", "running_track"),
    )
)
"""Ways for people on foot; any other way is for vehicles, too."""
BUSY_ROADS = frozenset(("cycleway", "tertiary", "secondary", "primary", "trunk", "busway"))
"""Ways drawn as busy: bicycles or fast traffic."""


ROAD_GROUPS = ("path", "busy", "road")
"""How ways are drawn."""


def road_group(road: str) -> str:
    """Return the group of `ROAD_GROUPS` that a way is drawn with."""
    if road in PATH_ROADS:
        return "path"
    return "busy" if road in BUSY_ROADS else "road"
