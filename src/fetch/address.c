/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/address.c - what kind of place a network address is (IANA special-purpose address registries) */
#include "fetch/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/attributes.h"

static enum address_kind kind_v4(uint32_t address)
{
    static const struct {
        uint32_t network;
        unsigned bits;
        enum address_kind kind;
    } ranges[] = {
        { 0x646464c8, 32, ADDRESS_LINK_LOCAL }, /* 100.100.100.200, a metadata service */
        { 0x00000000, 8, ADDRESS_NONE },        /* "this network" */
        { 0x0a000000, 8, ADDRESS_PRIVATE },     { 0x64400000, 10, ADDRESS_PRIVATE },
        { 0x7f000000, 8, ADDRESS_LOOPBACK },    { 0xa9fe0000, 16, ADDRESS_LINK_LOCAL },
        { 0xac100000, 12, ADDRESS_PRIVATE },    { 0xc0a80000, 16, ADDRESS_PRIVATE },
        { 0xe0000000, 3, ADDRESS_NONE }, /* multicast and reserved */
    };

    for (size_t i = 0; i < ARRAY_LENGTH(ranges); i++) {
        if ((address ^ ranges[i].network) >> (32 - ranges[i].bits) == 0)
            return ranges[i].kind;
    }
    return ADDRESS_PUBLIC;
}

static uint32_t embedded_v4(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static enum address_kind kind_v6(const unsigned char bytes[16])
{
    static const unsigned char metadata[16] = { 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54 };
    static const unsigned char loopback[16] = { [15] = 1 };
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    static const unsigned char nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
    static const unsigned char zero[12] = { 0 };

    if (memcmp(bytes, metadata, 16) == 0)
        return ADDRESS_LINK_LOCAL;
    if (memcmp(bytes, loopback, 16) == 0)
        return ADDRESS_LOOPBACK;
    if (memcmp(bytes, mapped, 12) == 0 || memcmp(bytes, nat64, 12) == 0 ||
        memcmp(bytes, zero, 12) == 0)
        return kind_v4(embedded_v4(bytes + 12));
    if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80)
        return ADDRESS_LINK_LOCAL;
    if ((bytes[0] & 0xfe) == 0xfc)
        return ADDRESS_PRIVATE;
    return bytes[0] == 0xff ? ADDRESS_NONE : ADDRESS_PUBLIC;
}

enum address_kind address_kind(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    switch (address->sa_family) {
    case AF_INET:
        memcpy(&v4, address, sizeof(v4));
        return kind_v4(ntohl(v4.sin_addr.s_addr));
    case AF_INET6:
        memcpy(&v6, address, sizeof(v6));
        return kind_v6(v6.sin6_addr.s6_addr);
    default:
        return ADDRESS_NONE;
    }
}

bool address_is_loopback_host(const char *host)
{
    char bare[64];
    size_t length = strlen(host);
    struct in_addr v4;
    struct in6_addr v6;

    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return kind_v4(ntohl(v4.s_addr)) == ADDRESS_LOOPBACK;
    if (length < 3 || length >= sizeof(bare) || host[0] != '[' || host[length - 1] != ']')
        return false;
    (void)snprintf(bare, sizeof(bare), "%.*s", (int)length - 2, host + 1);
    return inet_pton(AF_INET6, bare, &v6) == 1 && kind_v6(v6.s6_addr) == ADDRESS_LOOPBACK;
}
