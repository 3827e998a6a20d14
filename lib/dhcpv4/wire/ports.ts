/** UDP ports of DHCP (RFC 2131 section 4.1). */

/** Port of servers, and of relay agents in both directions. */
export const SERVER_PORT = 67;

/** Port of clients. */
export const CLIENT_PORT = 68;
