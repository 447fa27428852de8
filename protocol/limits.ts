/**
 * Every bound of the mesh in one place, units last. A parser that a stranger can reach takes its bound from here.
 */

/** Bytes of one signaling control frame (JSON); SDP offers are about 3 kB. */
export const SIGNAL_FRAME_BYTES_MAX = 64 * 1024;
/** Bytes of one whole mesh message (CBOR) after reassembly; a model state of 1M parameters is 8 MB. */
export const MESH_MESSAGE_BYTES_MAX = 12 * 1024 * 1024;
/** Bytes of one link frame: 16 KiB of payload is interoperable between browsers, plus the header. */
export const LINK_FRAME_PAYLOAD_BYTES = 16 * 1024;
/** Send window of a data channel; 1 MB stalls for seconds on the first burst of an SCTP association. */
export const LINK_WINDOW_BYTES = 64 * 1024;
/** Bytes queued on one link before it is closed as too slow: two whole messages. */
export const LINK_QUEUE_BYTES_MAX = 2 * MESH_MESSAGE_BYTES_MAX;
/** Direct links of one tab; above it peers talk through the relay's mailbox. */
export const LINK_DEGREE_MAX = 12;
/** Heartbeat of a direct link, and the silence after which it counts as dead. */
export const LINK_HEARTBEAT_MS = 1000;
export const LINK_DEAD_MS = 5000;
/** Time for a direct link to open before the pair falls back to the mailbox. */
export const LINK_CONNECT_MS = 8000;
/** A pair on the mailbox tries a direct link again after a jittered time between half and all of min(cap, base * 2^n). */
export const LINK_RETRY_BASE_MS = 30_000;
export const LINK_RETRY_CAP_MS = 600_000;
/** Bytes handed to a socket ahead of the network; above it mailbox frames wait in their queues, and control frames overtake them. */
export const MAILBOX_WINDOW_BYTES = 512 * 1024;
/** Bytes that a tab keeps for all peers that it reaches through the relay; one has at most as many as are still free. */
export const MAILBOX_QUEUE_BYTES_MAX = 4 * LINK_QUEUE_BYTES_MAX;
/** Bytes of half-received mailbox messages that one receiver keeps, over all peers; no peer has more than is still free. */
export const MAILBOX_PARTIAL_BYTES_MAX = 8 * MESH_MESSAGE_BYTES_MAX;

/** Peers in one room of one relay. */
export const ROOM_PEERS_MAX = 256;
/** Rooms one relay keeps open. */
export const ROOMS_MAX = 1024;
/** Rooms that one identity may be in. */
export const ROOMS_PER_IDENTITY_MAX = 16;
/** Sockets of one relay by default; an address has at most as many as are still free. */
export const SOCKETS_MAX = 768;
/** Sockets that have not yet proved an identity, in total and per network address; beyond that the oldest gives way. */
export const SOCKETS_UNPROVEN_MAX = 192;
export const SOCKETS_UNPROVEN_PER_ADDRESS_MAX = 64;
/** Hellos checked per network address, and what a peer closed for bad messages costs its address. */
export const ADDRESS_HELLOS_PER_S = 5;
export const ADDRESS_HELLOS_BURST = 240;
export const ADDRESS_BLAME_COST = 60;
/**
 * Connections, including sockets, that one network address may open, per second and in a burst; others are dropped before they cost
 * anything.
 */
export const ADDRESS_CONNECTIONS_PER_S = 400;
export const ADDRESS_CONNECTIONS_BURST = 1200;
export const ADDRESS_UPGRADES_PER_S = 200;
export const ADDRESS_UPGRADES_BURST = 400;
/** Bad messages from one peer: it may send one now and then, and is closed after this many in a burst. */
export const PEER_STRIKES_PER_MINUTE = 6;
export const PEER_STRIKES_BURST = 10;
/** Time to answer the signed challenge. */
export const SOCKET_HELLO_MS = 10_000;
/** Silence of a socket before it is pinged; after as long again without a reply it counts as dead. */
export const SOCKET_PING_MS = 10_000;
/** A token bucket per socket for control frames and for mailbox bytes. */
export const SOCKET_FRAMES_PER_S = 200;
export const SOCKET_FRAMES_BURST = 1000;
export const SOCKET_BYTES_PER_S = 16 * 1024 * 1024;
export const SOCKET_BYTES_BURST = 64 * 1024 * 1024;
/** Bytes queued for one socket; one sender has at most as many as are still free. What does not fit is dropped. */
export const SOCKET_BUFFER_BYTES_MAX = 32 * 1024 * 1024;
/** What waits for a socket, up to this many bytes, must be gone after this time, or the socket is closed. */
export const SOCKET_STALL_MS = 30_000;
export const SOCKET_STALL_BYTES = 64 * 1024;
/** Minimum pace of bytes kept for others: what waits for a slower socket, and a partial message that arrives more slowly, is dropped. */
export const SOCKET_LEAST_BYTES_PER_S = 16 * 1024;
/** Life of a resume token after its socket closed. */
export const RESUME_TOKEN_MS = 120_000;
/** Reconnection: full jitter between 0 and min(cap, base * 2^n). */
export const RECONNECT_BASE_MS = 300;
export const RECONNECT_CAP_MS = 15_000;

/** Seats of one federation: 1 or 3 home relays, or up to 32 members. */
export const SEATS_MAX = 32;
/** Attestations that go with a vote, a lock or a certificate: one is enough, a second is kept beside it. */
export const ATTESTS_MAX = 2;
/** Contributors of one round. */
export const CONTRIBUTORS_MAX = 64;
/** Members of the smallest group of secure aggregation. */
export const GROUP_MIN = 4;
/** Members of one group of secure aggregation: a set of them is 32 bits, and setting one up takes its square of checks. */
export const GROUP_MAX = 32;
/** Members on the list of a round that sums in groups. */
export const LISTED_MAX = 256;
/** Further draws of the groups of one round, after members were missing. */
export const REDRAWS_MAX = 3;
/** Joins a seat keeps for the round that is being called. */
export const JOINS_MAX = 256;
/** Members that a seat remembers as contributors, and as silent; it forgets the least recent. */
export const KNOWN_MAX = 1024;
/** Most rounds that a member sits out after being repeatedly listed and silent. */
export const SILENT_ROUNDS_MAX = 64;
/** Views of one slot that a seat accepts beyond its own. */
export const VIEW_AHEAD_MAX = 1000;
/** Times that the length of a view doubles in one slot, once a turn of all seats. */
export const VIEW_DOUBLINGS_MAX = 6;
/** Bodies of one slot that a seat keeps (an equivocating leader sends more). */
export const BODIES_PER_SLOT_MAX = 32;
/** States that a peer computes for the proposals of one view, and keeps for one slot at a time (each up to STATE_BYTES_MAX). */
export const COMPUTES_PER_VIEW_MAX = 8;
export const STATES_PER_SLOT_MAX = 4;

/** Bytes of one model state blob (safetensors: parameters and what the rule keeps beside them). */
export const STATE_BYTES_MAX = 8 * 1024 * 1024;
/** Parameters of a model. */
export const PARAMETERS_MAX = 1_000_000;
/** Layers of a model, and tensors of all of them: a state's file names each up to three times in its header. */
export const LAYERS_MAX = 64;
export const TENSORS_MAX = 512;
/** Values that one example may have between two layers. */
export const VALUES_PER_EXAMPLE_MAX = 262_144;
/** Multiplications of one forward pass of one example: about 5 ms on one core. */
export const MULTIPLICATIONS_MAX = 50_000_000;
/** Bytes of a public test set. */
export const TEST_SET_BYTES_MAX = 2 * 1024 * 1024;
/** Bytes of a manifest, and of a manifest with the field names, key and signature around it. */
export const MANIFEST_BYTES_MAX = 64 * 1024;
export const SIGNED_MANIFEST_BYTES_MAX = MANIFEST_BYTES_MAX + 256;
/** Depth of a CBOR value, and entries of one array or map. */
export const CBOR_DEPTH_MAX = 16;
export const CBOR_ITEMS_MAX = 4096;
/** Items of one CBOR value over all levels: a proposal with the proven locks of 32 seats has 46,000; 12 MB of empty arrays take 500 MB. */
export const CBOR_ITEMS_TOTAL_MAX = 2 ** 16;

/** Effects of a core that wait for the disk and for signatures; beyond that strangers wait too. */
export const EFFECTS_WAITING_MAX = 4096;
/** Messages whose signatures a peer checks at a time: from all peers, and from one. */
export const CHECKS_MAX = 512;
export const CHECKS_PER_PEER_MAX = 64;
/** The share for peers without standing, together and each: a check costs work, and asking for one is free. */
export const CHECKS_OF_STRANGERS_MAX = CHECKS_MAX / 4;
export const CHECKS_PER_STRANGER_MAX = 4;
/**
 * CBOR items from one peer, which determine the cost of decoding: 20,000 take tens of milliseconds. A vote has 60, the largest proposal
 * 46,000.
 */
export const MESSAGE_ITEMS_PER_S = 20_000;
export const MESSAGE_ITEMS_BURST = 4 * CBOR_ITEMS_TOTAL_MAX;
/** Questions of one peer. */
export const WANTS_PER_S = 20;
export const WANTS_BURST = 100;
/** How long a key is ignored after it sent an invalid signature or a malformed message, even over a new connection. */
export const MUTED_MS = 60_000;
/** Ignored keys that are remembered: new keys cost nothing, so this is for peers that carry on with one. Addresses pay at the relay. */
export const MUTED_KEYS_MAX = 1024;

/** Bytes of a data file that a tab reads, piece by piece; rows are capped by the manifest. */
export const DATA_FILE_BYTES_MAX = 512 * 1024 * 1024;
/** Characters of one row of a data file: if a quote never closes, the reader stops here. */
export const DATA_ROW_CHARS_MAX = 1024 * 1024;
/** Bytes of the tensor that a data file becomes (one-hot categories make it larger than the file). */
export const TABLE_BYTES_MAX = 256 * 1024 * 1024;
/** Bytes of the file of predictions for a data file. */
export const PREDICTIONS_BYTES_MAX = 256 * 1024 * 1024;
/** Characters of the name of a column. */
export const COLUMN_NAME_CHARS_MAX = 64;
/** Columns of a table. */
export const COLUMNS_MAX = 1024;
/** Characters of a file's own heading for a column that has another name. */
export const HEADING_CHARS_MAX = 256;
/** Markers of missing values per column, besides the universal ones. */
export const GAPS_MAX = 16;
/** Largest absolute end of a public range; the width is at least 1 over it: sums and squares of its numbers stay finite. */
export const RANGE_END_MAX = 1e100;
/** Values of one moment of a sequence. */
export const SEQUENCE_CHANNELS_MAX = 64;
/** Moments of one window of a sequence. */
export const SEQUENCE_LENGTH_MAX = 1024;
/** Seconds of one recording made on a page, and recordings that a browser keeps per federation. */
export const RECORDING_SECONDS_MAX = 120;
export const RECORDINGS_MAX = 256;
/** Side of the pictures that a model sees, in pixels. */
export const IMAGE_SIDE_MAX = 64;
/** Pixels of a picture file: decoding takes 4 bytes each, at once. */
export const IMAGE_PIXELS_MAX = 40_000_000;
/** Either side of a picture file, in pixels: the limit of canvases. */
export const IMAGE_FILE_SIDE_MAX = 16_384;
/** Bytes of one picture file, and files of one folder. */
export const IMAGE_FILE_BYTES_MAX = 32 * 1024 * 1024;
export const IMAGE_FILES_MAX = 30_000;
/** Rows of one unit of privacy that count. */
export const UNIT_ROWS_MAX = 64;
/** Rows of one member in one federation: keeps every integer sum inside 32 bits at 2^16 steps per clip norm. */
export const MEMBER_ROWS_MAX = 30_000;
/** Samples of noise that a device makes ahead, 4 bytes each: two updates of the largest model. A power of two. */
export const NOISE_RING_SAMPLES_MAX = 2 ** 21;

/** Accounts that one record of a budget ledger merges, and sums that one record imports from another ledger. */
export const LEDGER_ACCOUNTS_PER_RECORD_MAX = 64;
export const LEDGER_ITEMS_PER_RECORD_MAX = 1024;
/** Bytes of a ledger file that a page reads: 20,000 records. */
export const LEDGER_FILE_BYTES_MAX = 16 * 1024 * 1024;

/** What a page caches of a relay's immutable responses for offline use: entries, and bytes of all; one has TEST_SET_BYTES_MAX. */
export const OFFLINE_ENTRIES_MAX = 64;
export const OFFLINE_BYTES_MAX = 32 * 1024 * 1024;

/** Manifests that wait at a relay for the price of their rounds, which is computed one at a time. */
export const CLAIMS_WAITING_MAX = 16;

/** Federations that one identity may publish on a relay, and bytes that it may store there: blobs, and the states of its federations. */
export const FEDERATIONS_PER_IDENTITY_MAX = 8;
export const FEDERATIONS_MAX = 256;
export const BLOB_BYTES_PER_IDENTITY_MAX = 64 * 1024 * 1024;
/** Bytes that all identities except the relay's own store together, besides its `disk` setting: identities are free, disks are not. */
export const BLOB_BYTES_MAX = 1024 * 1024 * 1024;
/** States kept per federation, and decided rounds for which updates are kept, for whoever recomputes a record. */
export const STATES_KEPT = 3;
export const UPDATES_KEPT_ROUNDS = 2;
/** Certified records of a federation that a browser keeps, the newest: about 2 MB for ten members, 10 MB for CONTRIBUTORS_MAX. */
export const TAB_RECORDS_KEPT = 500;
/** Time without a member or a decided round after which a stranger's federation gives way to a new one, and after which it is deleted. */
export const FEDERATION_IDLE_MS = 3_600_000;
export const FEDERATION_IDLE_REMOVED_MS = 30 * 86_400_000;
/** Withdrawals that a relay keeps of federations that it has deleted: nobody may publish them again. The oldest are forgotten first. */
export const WITHDRAWALS_KEPT = 10_000;
/** How long bytes are kept that no federation names: between a test set and the manifest that names it. */
export const BLOB_UNNAMED_MS = 3_600_000;
/** Manifests that wait for a relay's host, in total and per identity, and how long each waits. */
export const WAITING_MAX = 64;
export const WAITING_PER_IDENTITY_MAX = 2;
export const WAITING_MS = 7 * 86_400_000;
/** Unused invitations from a host, and how long each is valid. */
export const INVITATIONS_MAX = 256;
export const INVITATION_MS = 30 * 86_400_000;
/** A seat whose disk failed is reopened after a jittered time up to min(cap, base * 2^n). */
export const SEAT_RETRY_BASE_MS = 250;
export const SEAT_RETRY_CAP_MS = 30_000;
/** How long a seat stays in memory after its last peer left. */
export const SEAT_IDLE_MS = 60_000;
/** Bytes of a signed statement beside a manifest: a withdrawal, an invitation. */
export const SIGNED_ENTRY_BYTES_MAX = 1024;
/** Certified records in one REST answer. */
export const RECORDS_PER_ANSWER_MAX = 64;

/** HTTP connections per network address, except trusted proxies; the relay's `sockets` setting bounds the total. */
export const HTTP_CONNECTIONS_PER_ADDRESS_MAX = 256;
/**
 * Requests in progress that one network address may always have, also behind a proxy; beyond them at most as many as there are free
 * connections.
 */
export const HTTP_UNDER_WAY_PER_ADDRESS_MIN = 32;
/** Time for the headers of a request, for the whole request, and for a connection without one. */
export const HTTP_HEADERS_MS = 10_000;
export const HTTP_REQUEST_MS = 60_000;
export const HTTP_IDLE_MS = 72_000;
/** Time within which data must move on a connection with a request, and for a whole response. */
export const HTTP_STALL_MS = 30_000;
export const HTTP_ANSWER_MS = 600_000;
/**
 * Bytes that a relay keeps in memory per network address, queued, half-received and in progress, and how long a request without room waits.
 */
export const IN_FLIGHT_BYTES_PER_ADDRESS_MAX = 32 * 1024 * 1024;
export const IN_FLIGHT_WAIT_MS = 10_000;
/** How many blobs a store remembers as verified against their hash; beyond that, each is so small that rereading it is cheap. */
export const BLOBS_VERIFIED_MAX = 4096;
/** Requests that may wait for memory, in total and per network address; one more is refused. */
export const IN_FLIGHT_WAITING_MAX = 256;
export const IN_FLIGHT_WAITING_PER_ADDRESS_MAX = 32;
/** Bytes of a blob in memory at once while it is sent, and of certified records in one REST response. */
export const BLOB_PART_BYTES = 256 * 1024;
export const RECORDS_ANSWER_BYTES_MAX = 1024 * 1024;
/** Bytes that a client of a relay reads of one response: JSON, certified records, a sample file. */
export const JSON_ANSWER_BYTES_MAX = 4 * 1024 * 1024;
export const RECORDS_READ_BYTES_MAX = 16 * 1024 * 1024;
export const SAMPLE_BYTES_MAX = 2 * 1024 * 1024;
/** Requests per network address per minute: generated responses, and separately files of the page, blobs and manifests. */
export const HTTP_REQUESTS_PER_MINUTE_MAX = 6000;
export const HTTP_UNCHANGING_PER_MINUTE_MAX = 30_000;
/** Writes per minute: per identity, and per network address, which a whole class may share. */
export const HTTP_WRITES_PER_IDENTITY_MINUTE_MAX = 60;
export const HTTP_WRITES_PER_ADDRESS_MINUTE_MAX = 600;
