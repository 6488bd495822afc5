/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/address.h - what kind of place a network address is */
#pragma once

#include <stdbool.h>

struct sockaddr;

enum address_kind {
    ADDRESS_PUBLIC,
    ADDRESS_PRIVATE, /* RFC 1918, carriers' NAT, unique local */
    ADDRESS_LOOPBACK,
    ADDRESS_LINK_LOCAL, /* also where clouds put their metadata beside that: fd00:ec2::254, 100.100.100.200 */
    ADDRESS_NONE, /* multicast, reserved, unspecified, or another family */
};

enum address_kind address_kind(const struct sockaddr *address);

/* A host as it stands in an address: "localhost", "127.0.0.1", "[::1]". */
bool address_is_loopback_host(const char *host);
