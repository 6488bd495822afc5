/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_devices.c - `aico2 devices`: what is measured and how, and why the rest is not */
#include "cli/commands.h"
#include "cli/machine.h"
#include "session/inventory.h"

int cmd_devices(struct cli *cli)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct inventory inventory;
    int status = machine_inventory(cli, true, &inventory);

    if (status != 0)
        return status;
    if (cli_format(cli) == CLI_JSON)
        write_devices_json(&text, &inventory);
    else if (cli_format(cli) == CLI_CSV)
        write_devices_csv(&text, &inventory);
    else
        write_devices_text(&text, &inventory, cli->out_style);
    inventory_deinit(&inventory);
    return cli_print(cli, &text);
}
