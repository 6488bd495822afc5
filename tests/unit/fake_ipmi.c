/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/fake_ipmi.c - the kernel's IPMI devices without a kernel or a controller
 *
 * What drivers/char/ipmi/ipmi_devintf.c and ipmi_msghandler.c do with the two ioctls: addresses and
 * net functions are checked, an answer has the net function of its request plus one and its msgid,
 * an empty queue is EAGAIN, an address buffer that is too small EINVAL with the message put back, a
 * data buffer that is too small EMSGSIZE with the message cut (RECEIVE_MSG_TRUNC).
 */
#include "fake_ipmi.h"

#include <errno.h>
#include <linux/ipmi.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

/* Descriptors that no kernel gives. */
enum { FIRST_FD = 100000 };

static struct fake_bmc *bmc_of(struct fake_ipmi *fake, int fd)
{
    return &fake->bmcs[fd - FIRST_FD];
}

static int fake_open(void *payload, int dirfd, const char *path)
{
    static const char *const names[] = { "ipmi", "ipmi/", "ipmidev/" };
    struct fake_ipmi *fake = payload;

    (void)dirfd;
    for (size_t i = 3; i-- > 0;) {
        size_t length = strlen(names[i]);
        struct fake_bmc *bmc;
        int number;

        if (strncmp(path, names[i], length) != 0)
            continue;
        number = path[length] - '0';
        if (number < 0 || number >= FAKE_IPMI_BMCS)
            continue;
        bmc = &fake->bmcs[number];
        if (bmc->open_error != 0)
            return bmc->open_error;
        bmc->opened++;
        return FIRST_FD + number;
    }
    fake->foreign_open++;
    return -ENOENT;
}

static void fake_close(void *payload, int fd)
{
    struct fake_bmc *bmc = bmc_of(payload, fd);

    bmc->opened--;
    bmc->queued = 0;
    bmc->holding = false;
}

static void put(struct fake_bmc *bmc, const struct fake_ipmi_message *message)
{
    if (bmc->queued < FAKE_IPMI_QUEUE)
        bmc->queue[bmc->queued++] = *message;
}

static void put_u16(unsigned char *at, unsigned value)
{
    at[0] = (unsigned char)value;
    at[1] = (unsigned char)(value >> 8);
}

static void answer_power(const struct fake_bmc *bmc, struct fake_ipmi_message *answer)
{
    answer->length = 19;
    answer->data[1] = bmc->group != 0 ? bmc->group : 0xdc;
    put_u16(answer->data + 2, bmc->watts);
    put_u16(answer->data + 4, bmc->watts / 2);
    put_u16(answer->data + 6, bmc->watts * 2);
    put_u16(answer->data + 8, bmc->watts);
    put_u16(answer->data + 14, 1000);
    answer->data[18] = bmc->inactive ? 0 : 0x40;
}

static void answer_capabilities(const struct fake_bmc *bmc, struct fake_ipmi_message *answer)
{
    static const unsigned char data[] = { 0, 0xdc, 1, 5, 2, 0, 1, 1 };

    memcpy(answer->data, data, sizeof(data));
    answer->data[6] = bmc->no_capability ? 0 : 1;
    answer->length = sizeof(data);
}

static void make_answer(struct fake_bmc *bmc, const struct ipmi_req *request,
                        struct fake_ipmi_message *answer)
{
    bool power = request->msg.cmd == 0x02;

    *answer = (struct fake_ipmi_message){
        .recv_type = IPMI_RESPONSE_RECV_TYPE,
        .msgid = request->msgid,
        .netfn = request->msg.netfn | 1,
        .command = request->msg.cmd,
        .length = 1,
    };
    if (bmc->no_dcmi || request->msg.netfn != 0x2c || request->msg.data_len < 2 ||
        request->msg.data[0] != 0xdc || request->msg.data[1] != 1) {
        answer->data[0] = 0xc1;
        return;
    }
    if (power && bmc->busy > 0) {
        bmc->busy--;
        answer->data[0] = 0xc0;
    } else if (power && bmc->completion != 0) {
        answer->data[0] = (unsigned char)bmc->completion;
    } else if (power) {
        answer_power(bmc, answer);
    } else {
        answer_capabilities(bmc, answer);
    }
    if (power && bmc->length != 0)
        answer->length = (unsigned short)bmc->length;
}

static void put_events(struct fake_bmc *bmc)
{
    const struct fake_ipmi_message event = {
        .recv_type = IPMI_ASYNC_EVENT_RECV_TYPE,
        .netfn = 0x04,
        .command = 0x02,
        .data = { 0x01, 0x00, 0x02 },
        .length = 16,
    };

    for (int i = 0; i < bmc->events; i++)
        put(bmc, &event);
}

static int take_request(struct fake_ipmi *fake, struct fake_bmc *bmc,
                        const struct ipmi_req *request)
{
    struct ipmi_system_interface_addr to;
    struct fake_ipmi_message answer;

    if (request->addr_len < sizeof(to) || request->addr_len > sizeof(struct ipmi_addr))
        return -EINVAL;
    memcpy(&to, request->addr, sizeof(to));
    if (to.addr_type != IPMI_SYSTEM_INTERFACE_ADDR_TYPE || to.channel != IPMI_BMC_CHANNEL ||
        to.lun > 3 || (request->msg.netfn & 1) != 0) {
        fake->malformed = true;
        return -EINVAL;
    }
    if (request->msg.cmd == 0x02) {
        static const unsigned char wanted[] = { 0xdc, 0x01, 0x00, 0x00 };

        bmc->sent++;
        if (request->msg.data_len != sizeof(wanted) ||
            memcmp(request->msg.data, wanted, sizeof(wanted)) != 0)
            fake->malformed = true;
    }
    make_answer(bmc, request, &answer);
    put_events(bmc);
    if (bmc->mimic) {
        struct fake_ipmi_message command = answer;

        command.recv_type = IPMI_CMD_RECV_TYPE;
        put_u16(command.data + 2, 999);
        put(bmc, &command);
    }
    if (bmc->holding) {
        put(bmc, &bmc->held);
        bmc->holding = false;
    }
    if (bmc->late) {
        bmc->held = answer;
        bmc->holding = true;
    } else if (!bmc->hung) {
        put(bmc, &answer);
    }
    return 0;
}

static int give_message(struct fake_bmc *bmc, struct ipmi_recv *message)
{
    const struct ipmi_system_interface_addr from = {
        .addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE,
        .channel = IPMI_BMC_CHANNEL,
    };
    struct fake_ipmi_message first;
    int r = 0;

    if (bmc->queued == 0)
        return -EAGAIN;
    if (message->addr_len < sizeof(from))
        return -EINVAL;
    first = bmc->queue[0];
    memmove(bmc->queue, bmc->queue + 1, --bmc->queued * sizeof(first));
    if (message->msg.data_len < first.length) {
        first.length = message->msg.data_len;
        r = -EMSGSIZE;
    }
    memcpy(message->addr, &from, sizeof(from));
    message->addr_len = sizeof(from);
    message->recv_type = first.recv_type;
    message->msgid = first.msgid;
    message->msg.netfn = first.netfn;
    message->msg.cmd = first.command;
    message->msg.data_len = first.length;
    memcpy(message->msg.data, first.data, first.length);
    return r;
}

static int fake_command(void *payload, int fd, unsigned long request, void *argument)
{
    struct fake_ipmi *fake = payload;
    struct fake_bmc *bmc = bmc_of(fake, fd);

    if (bmc->interrupts > 0) {
        bmc->interrupts--;
        return -EINTR;
    }
    if (request == IPMICTL_SEND_COMMAND)
        return bmc->send_error != 0 ? bmc->send_error : take_request(fake, bmc, argument);
    if (request == IPMICTL_RECEIVE_MSG_TRUNC)
        return bmc->receive_error != 0 ? bmc->receive_error : give_message(bmc, argument);
    return -ENOTTY;
}

static void pass(struct fake_ipmi *fake, int milliseconds)
{
    if (fake->now_ns != NULL)
        *fake->now_ns += (int64_t)milliseconds * 1000000;
}

static int fake_wait(void *payload, int fd, int timeout_ms)
{
    struct fake_ipmi *fake = payload;
    struct fake_bmc *bmc = bmc_of(fake, fd);

    if (bmc->interrupts > 0) {
        bmc->interrupts--;
        return -EINTR;
    }
    if (bmc->poll_events != 0)
        return bmc->poll_events;
    if (bmc->false_alarms > 0) {
        bmc->false_alarms--;
        return POLLIN;
    }
    if (bmc->queued > 0)
        return POLLIN;
    pass(fake, timeout_ms);
    return 0;
}

static void fake_pause(void *payload, int milliseconds)
{
    pass(payload, milliseconds);
}

void fake_ipmi_init(struct fake_ipmi *fake, int64_t *now_ns)
{
    *fake = (struct fake_ipmi){ .now_ns = now_ns };
    fake->io = (struct ipmi_io){
        .open = fake_open,
        .command = fake_command,
        .wait = fake_wait,
        .pause = fake_pause,
        .close = fake_close,
        .payload = fake,
    };
}
