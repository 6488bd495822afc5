/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_remote_choice.c - which of a server's series is which device, and that none is counted twice */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "fetch/prometheus/survey.h"

/* "name a=b c=d"; "~" stands for a blank. */
static void add(struct survey *survey, const char *text)
{
    char copy[512];
    char *rest = copy;
    char *word;
    json_t *object = json_object();
    struct label_set labels = { 0 };

    assert_true(snprintf(copy, sizeof(copy), "%s", text) < (int)sizeof(copy));
    word = strsep(&rest, " ");
    json_object_set_new(object, "__name__", json_stringn(word, strlen(word)));
    while ((word = strsep(&rest, " ")) != NULL) {
        char *value = strchr(word, '=');

        assert_non_null(value);
        *value++ = '\0';
        for (char *at = strchr(value, '~'); at != NULL; at = strchr(at, '~'))
            *at = ' ';
        json_object_set_new(object, word, json_stringn(value, strlen(value)));
    }
    assert_int_equal(label_set_of(object, &labels), 0);
    assert_int_equal(survey_add(survey, &labels), 0);
    label_set_deinit(&labels);
    json_decref(object);
}

static void write_devices(const struct survey *survey, struct strbuf *out)
{
    for (size_t i = 0; i < survey->candidate_count; i++) {
        const struct candidate *one = &survey->candidates[i];
        const char *metric = seen_metric(&survey->series[one->terms[0].series]);

        if (!one->is_chosen)
            continue;
        strbuf_printf(out, "%s %s%d", survey->hosts.items[one->host].name,
                      device_kind_name(one->kind), one->index);
        strbuf_printf(out, "%s%s %s%s%s%s", one->uuid[0] != '\0' ? "/" : "", one->uuid, metric,
                      one->passed_over[0] != '\0' ? " (" : "", one->passed_over,
                      one->passed_over[0] != '\0' ? ")" : "");
        for (uint32_t k = 0; one->term_count > 1 && k < one->term_count; k++)
            strbuf_printf(out, "%s", k > 0 ? "+" : " parts ");
        strbuf_add(out, "\n");
    }
}

static void assert_devices(const char *const *series, size_t count, const char *expected)
{
    struct survey survey = { 0 };
    struct strbuf out = { 0 };

    for (size_t i = count; i-- > 0;) /* in no order that a server would give */
        add(&survey, series[i]);
    assert_int_equal(survey_settle(&survey), 0);
    for (size_t i = 0; i < survey.count; i++) {
        if (strcmp(seen_metric(&survey.series[i]), "node_memory_MemTotal_bytes") == 0)
            survey.series[i].value = 1e10;
    }
    for (size_t i = 0; i < survey.count; i++)
        survey.series[i].presence =
            (uint32_t)strtoul(label_of(&survey.series[i].labels, "there"), NULL, 16);
    facts_of_hosts(&survey);
    assert_int_equal(candidates_make(&survey), 0);
    candidates_choose(&survey);
    write_devices(&survey, &out);
    if (survey.repeated > 0)
        strbuf_printf(&out, "repeated %zu: %s\n", survey.repeated, survey.repeated_example);
    assert_string_equal(strbuf_text(&out), expected);
    strbuf_deinit(&out);
    survey_deinit(&survey);
}

#define ASSERT_DEVICES(expected, ...)                                       \
    do {                                                                    \
        static const char *const series[] = { __VA_ARGS__ };                \
        assert_devices(series, sizeof(series) / sizeof(*series), expected); \
    } while (0)

static void test_both_forms_of_rapl(void **state)
{
    (void)state;
    ASSERT_DEVICES("n1 cpu0 node_rapl_package_joules_total\n"
                   "n1 cpu1 node_rapl_package_joules_total\n"
                   "n1 dram0 node_rapl_dram_joules_total\n"
                   "n1 board0 node_rapl_psys_joules_total\n",
                   "node_rapl_package_joules_total instance=n1:9100 index=0",
                   "node_rapl_package_joules_total instance=n1:9100 index=1",
                   "node_rapl_dram_joules_total instance=n1:9100 index=0",
                   "node_rapl_psys_joules_total instance=n1:9100 index=0",
                   "node_rapl_core_joules_total instance=n1:9100 index=0",
                   "node_cpu_seconds_total instance=n1:9100 cpu=0 mode=idle");
    ASSERT_DEVICES("n1 cpu0 node_rapl_joules_total\nn1 dram0 node_rapl_joules_total\n"
                   "n1 board0 node_rapl_joules_total\n",
                   "node_rapl_joules_total instance=n1:9100 index=0 rapl_zone=package",
                   "node_rapl_joules_total instance=n1:9100 index=0 rapl_zone=dram",
                   "node_rapl_joules_total instance=n1:9100 index=0 rapl_zone=core",
                   "node_rapl_joules_total instance=n1:9100 index=0 rapl_zone=uncore",
                   "node_rapl_joules_total instance=n1:9100 index=0 rapl_zone=psys");
}

static void test_the_best_of_each_gpu(void **state)
{
    (void)state;
    /* the uuid of both has another form; a counter is better than powers and loads */
    ASSERT_DEVICES(
        "n1 gpu0/aa-1 DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION (nvidia_smi_power_draw_watts, "
        "DCGM_FI_DEV_POWER_USAGE)\n"
        "n1 gpu-1/bb-2 nvidia_smi_power_draw_watts\n",
        "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION instance=n1:9400 gpu=0 UUID=GPU-AA-1",
        "DCGM_FI_DEV_POWER_USAGE instance=n1:9400 gpu=0 UUID=GPU-AA-1",
        "nvidia_smi_power_draw_watts instance=n1:9835 uuid=aa-1",
        "nvidia_smi_power_draw_watts instance=n1:9835 uuid=bb-2",
        "nvidia_smi_utilization_gpu_ratio instance=n1:9835 uuid=bb-2");
    /* only how busy they are */
    ASSERT_DEVICES("n1 gpu-1/aa nvidia_smi_utilization_gpu_ratio (DCGM_FI_DEV_GPU_UTIL)\n",
                   "nvidia_smi_utilization_gpu_ratio instance=n1:9835 uuid=aa",
                   "DCGM_FI_DEV_GPU_UTIL instance=n1:9400 gpu=0 UUID=GPU-aa");
}

static void test_instances_of_a_gpu_repeat_it(void **state)
{
    (void)state;
    ASSERT_DEVICES(
        "n1 gpu0/aa DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION\n",
        "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION instance=n1:9400 gpu=0 UUID=GPU-aa GPU_I_ID=1",
        "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION instance=n1:9400 gpu=0 UUID=GPU-aa GPU_I_ID=2");
}

static void test_kepler_old_and_new(void **state)
{
    (void)state;
    /* modes add up; its own label "instance" has been renamed */
    ASSERT_DEVICES(
        "node-a cpu0 kepler_node_package_joules_total parts +\n"
        "node-a dram0 kepler_node_dram_joules_total parts +\n",
        "kepler_node_package_joules_total instance=10.0.0.5:9102 exported_instance=node-a "
        "package=0 mode=dynamic",
        "kepler_node_package_joules_total instance=10.0.0.5:9102 exported_instance=node-a "
        "package=0 mode=idle",
        "kepler_node_dram_joules_total instance=10.0.0.5:9102 exported_instance=node-a "
        "package=0 mode=dynamic",
        "kepler_node_dram_joules_total instance=10.0.0.5:9102 exported_instance=node-a "
        "package=0 mode=idle",
        "kepler_node_core_joules_total instance=10.0.0.5:9102 exported_instance=node-a "
        "package=0 mode=idle");
    ASSERT_DEVICES(
        "node-a cpu0 kepler_node_cpu_joules_total (kepler_node_cpu_watts)\n"
        "node-a gpu0/cc kepler_node_gpu_joules_total\n",
        "kepler_node_cpu_joules_total instance=10.0.0.5:28282 node_name=node-a zone=package "
        "path=/sys/class/powercap/intel-rapl:0",
        "kepler_node_cpu_joules_total instance=10.0.0.5:28282 node_name=node-a zone=core "
        "path=/sys/class/powercap/intel-rapl:0:0",
        "kepler_node_cpu_watts instance=10.0.0.5:28282 node_name=node-a zone=package "
        "path=/sys/class/powercap/intel-rapl:0",
        "kepler_node_gpu_joules_total instance=10.0.0.5:28282 node_name=node-a gpu=0 "
        "gpu_uuid=GPU-cc");
}

static void test_other_exporters(void **state)
{
    (void)state;
    ASSERT_DEVICES(
        "n1 cpu0 scaph_socket_energy_microjoules\nn1 dram0 scaph_domain_energy_microjoules\n"
        "n1 board-1 scaph_host_energy_microjoules\n",
        "scaph_host_energy_microjoules instance=n1:8080",
        "scaph_socket_energy_microjoules instance=n1:8080 socket_id=0",
        "scaph_domain_energy_microjoules instance=n1:8080 socket_id=0 domain_name=dram",
        "scaph_domain_energy_microjoules instance=n1:8080 socket_id=0 domain_name=uncore");
    ASSERT_DEVICES(
        "n1 cpu0 ceems_rapl_package_joules_total\nn1 board-1 ceems_ipmi_dcmi_current_watts\n",
        "ceems_rapl_package_joules_total instance=n1:9010 index=0 hostname=n1",
        "ceems_ipmi_dcmi_current_watts instance=n1:9010 hostname=n1");
    ASSERT_DEVICES(
        "n1 cpu0 rapl_consumed_energy_J_alumet\nn1 gpu-1/dd nvml_energy_consumption_alumet\n",
        "rapl_consumed_energy_J_alumet instance=n1:9091 domain=package resource_id=0",
        "rapl_consumed_energy_J_alumet instance=n1:9091 domain=pp0 resource_id=0",
        "nvml_energy_consumption_alumet instance=n1:9091 resource_id=GPU-dd");
    ASSERT_DEVICES("n1 gpu0 amd_gpu_power\nn1 gpu1 amd_gpu_power\n",
                   "amd_gpu_power instance=n1:2021 gpu_power=0",
                   "amd_gpu_power instance=n1:2021 gpu_power=1");
    ASSERT_DEVICES("n1 board-1 ipmi_dcmi_power_consumption_watts (ipmi_power_watts)\n",
                   "ipmi_dcmi_power_consumption_watts instance=n1:9290",
                   "ipmi_power_watts instance=n1:9290 name=System~Power");
}

static void test_our_own(void **state)
{
    (void)state;
    ASSERT_DEVICES(
        "n1 cpu0 aico2_energy_joules_total (node_rapl_package_joules_total, aico2_power_watts)\n"
        "n1 gpu0 aico2_energy_joules_total (nvidia_smi_power_draw_watts)\n",
        "aico2_energy_joules_total instance=n1:9895 device=cpu0 kind=cpu basis=measured",
        "aico2_energy_joules_total instance=n1:9895 device=gpu0 kind=gpu basis=measured",
        "aico2_power_watts instance=n1:9895 device=cpu0 kind=cpu basis=measured",
        "node_rapl_package_joules_total instance=n1:9100 index=0",
        "nvidia_smi_power_draw_watts instance=n1:9835 uuid=aa");
    /* in a container it saw one GPU of two: the one that sees both counts */
    ASSERT_DEVICES("n1 gpu-1/aa nvidia_smi_power_draw_watts (aico2_energy_joules_total)\n"
                   "n1 gpu-1/bb nvidia_smi_power_draw_watts (aico2_energy_joules_total)\n",
                   "aico2_energy_joules_total instance=n1:9895 device=gpu0 kind=gpu basis=measured",
                   "nvidia_smi_power_draw_watts instance=n1:9835 uuid=aa",
                   "nvidia_smi_power_draw_watts instance=n1:9835 uuid=bb");
}

static void test_hwmon_by_chip_and_label(void **state)
{
    (void)state;
    ASSERT_DEVICES(
        "n1 cpu0 node_hwmon_energy_joule_total\nn1 cpu1 node_hwmon_energy_joule_total\n",
        "node_hwmon_energy_joule_total instance=n1:9100 chip=platform sensor=energy1",
        "node_hwmon_energy_joule_total instance=n1:9100 chip=platform sensor=energy2",
        "node_hwmon_energy_joule_total instance=n1:9100 chip=platform sensor=energy3",
        "node_hwmon_sensor_label instance=n1:9100 chip=platform sensor=energy1 label=Ecore000",
        "node_hwmon_sensor_label instance=n1:9100 chip=platform sensor=energy2 label=Esocket0",
        "node_hwmon_sensor_label instance=n1:9100 chip=platform sensor=energy3 label=Esocket1",
        "node_hwmon_chip_names instance=n1:9100 chip=platform chip_name=amd_energy");
}

static void test_hwmon_of_boards_and_modules(void **state)
{
    (void)state;
    ASSERT_DEVICES("n1 gpu-1 node_hwmon_power_average_watt\n"
                   "n1 board-1 node_hwmon_power_average_watt\n",
                   "node_hwmon_power_average_watt instance=n1:9100 chip=0000:03:00 sensor=power1",
                   "node_hwmon_chip_names instance=n1:9100 chip=0000:03:00 chip_name=amdgpu",
                   "node_hwmon_power_average_watt instance=n1:9100 chip=nvme sensor=power1",
                   "node_hwmon_power_average_watt instance=n1:9100 chip=power_meter sensor=power1");
    ASSERT_DEVICES(
        "n1 cpu0 node_hwmon_power_average_watt\nn1 module0 node_hwmon_power_average_watt\n",
        "node_hwmon_power_average_watt instance=n1:9100 chip=a sensor=power1",
        "node_hwmon_power_average_watt instance=n1:9100 chip=b sensor=power1",
        "node_hwmon_chip_names instance=n1:9100 chip=a chip_name=power_meter",
        "node_hwmon_chip_names instance=n1:9100 chip=b chip_name=power_meter",
        "node_hwmon_sensor_label instance=n1:9100 chip=a sensor=power1 "
        "label=Module~Power~Socket~0",
        "node_hwmon_sensor_label instance=n1:9100 chip=b sensor=power1 "
        "label=Grace~Power~Socket~0");
}

static void test_jetson_rails(void **state)
{
    (void)state;
    /* on AGX Orin three rails add up to the module; others hang off one of them */
    ASSERT_DEVICES(
        "orin module0 integrated_power (integrated_power_mW) parts ++\n",
        "integrated_power instance=orin:9100 statistic=power machine_part=VDD_GPU_SOC",
        "integrated_power instance=orin:9100 statistic=power machine_part=VDD_CPU_CV",
        "integrated_power instance=orin:9100 statistic=power machine_part=VIN_SYS_5V0",
        "integrated_power instance=orin:9100 statistic=power machine_part=VDDQ_VDD2_1V8AO",
        "integrated_power_mW instance=orin:9100 statistic=power",
        "node_cpu_seconds_total instance=orin:9100 cpu=0 mode=idle");
    ASSERT_DEVICES("nx module0 tegra_wattage_current_milliwatts\n",
                   "tegra_wattage_current_milliwatts instance=nx:9100 sensor=VDD_IN",
                   "tegra_wattage_current_milliwatts instance=nx:9100 sensor=VDD_CPU_GPU_CV");
    /* volts need their amperes; the sum of shunts is no rail */
    ASSERT_DEVICES("nx module0 node_hwmon_in_volts\n",
                   "node_hwmon_in_volts instance=nx:9100 chip=i2c sensor=in1",
                   "node_hwmon_curr_amps instance=nx:9100 chip=i2c sensor=curr1",
                   "node_hwmon_in_volts instance=nx:9100 chip=i2c sensor=in7",
                   "node_hwmon_chip_names instance=nx:9100 chip=i2c chip_name=ina3221",
                   "node_hwmon_sensor_label instance=nx:9100 chip=i2c sensor=in1 label=VDD_IN",
                   "node_hwmon_sensor_label instance=nx:9100 chip=i2c sensor=in7 "
                   "label=sum~of~shunt~voltages");
    ASSERT_DEVICES("", "node_hwmon_in_volts instance=nx:9100 chip=i2c sensor=in1",
                   "node_hwmon_chip_names instance=nx:9100 chip=i2c chip_name=ina3221",
                   "node_hwmon_sensor_label instance=nx:9100 chip=i2c sensor=in1 label=VDD_IN");
}

static void test_a_battery_while_it_discharges(void **state)
{
    (void)state;
    ASSERT_DEVICES(
        "laptop board-1 node_power_supply_power_watt\n",
        "node_power_supply_power_watt instance=laptop:9100 power_supply=BAT0",
        "node_power_supply_info instance=laptop:9100 power_supply=BAT0 status=Discharging",
        "node_power_supply_info instance=laptop:9100 power_supply=BAT0 status=Charging");
    ASSERT_DEVICES("", "node_power_supply_power_watt instance=laptop:9100 power_supply=BAT0",
                   "node_power_supply_info instance=laptop:9100 power_supply=BAT0 status=Charging");
}

static void test_loads_where_nothing_measures(void **state)
{
    (void)state;
    ASSERT_DEVICES("n1 cpu-1 node_cpu_seconds_total\nn1 memory-1 node_memory_MemAvailable_bytes\n",
                   "node_cpu_seconds_total instance=n1:9100 cpu=0 mode=idle",
                   "node_cpu_seconds_total instance=n1:9100 cpu=1 mode=idle",
                   "node_memory_MemAvailable_bytes instance=n1:9100",
                   "node_memory_MemTotal_bytes instance=n1:9100");
    /* a board's meter takes no model's place: it is shown, never added */
    ASSERT_DEVICES(
        "n1 cpu-1 node_cpu_seconds_total\nn1 board-1 ipmi_dcmi_power_consumption_watts\n",
        "node_cpu_seconds_total instance=n1:9100 cpu=0 mode=idle",
        "ipmi_dcmi_power_consumption_watts instance=n1:9290");
}

static void test_two_jobs_of_one_host(void **state)
{
    (void)state;
    ASSERT_DEVICES(
        "n1 cpu0 node_rapl_package_joules_total\n"
        "repeated 1: node_rapl_package_joules_total of 'n1:9100' (job 'a'), not of 'n1:9100' "
        "(job 'b')\n",
        "node_rapl_package_joules_total instance=n1:9100 job=a index=0",
        "node_rapl_package_joules_total instance=n1:9100 job=b index=0");
}

static void test_names_of_hosts(void **state)
{
    (void)state;
    /* by address where nobody says a name, by nodename where node_exporter does, by Hostname in a pod */
    ASSERT_DEVICES("node-a cpu0 node_rapl_package_joules_total\n"
                   "node-a gpu0/aa DCGM_FI_DEV_POWER_USAGE\n"
                   "10.0.0.7 cpu0 node_rapl_package_joules_total\n",
                   "node_uname_info instance=10.0.0.5:9100 nodename=node-a",
                   "node_rapl_package_joules_total instance=10.0.0.5:9100 index=0",
                   "node_rapl_package_joules_total instance=10.0.0.7:9100 index=0",
                   "DCGM_FI_DEV_POWER_USAGE instance=10.42.0.9:9400 gpu=0 UUID=GPU-aa "
                   "Hostname=node-a.example");
    /* a container's own name at an address that says another */
    ASSERT_DEVICES("n1 cpu0 node_rapl_package_joules_total\nn1 gpu0/aa DCGM_FI_DEV_POWER_USAGE\n",
                   "node_uname_info instance=n1:9100 nodename=n1",
                   "node_rapl_package_joules_total instance=n1:9100 index=0",
                   "DCGM_FI_DEV_POWER_USAGE instance=n1:9400 gpu=0 UUID=GPU-aa Hostname=3f2a");
    /* behind one gateway each name is a machine */
    ASSERT_DEVICES("n1 gpu0/aa DCGM_FI_DEV_POWER_USAGE\nn2 gpu0/bb DCGM_FI_DEV_POWER_USAGE\n",
                   "DCGM_FI_DEV_POWER_USAGE instance=gateway:9091 gpu=0 UUID=GPU-aa Hostname=n1",
                   "DCGM_FI_DEV_POWER_USAGE instance=gateway:9091 gpu=0 UUID=GPU-bb hostname=n2");
}

static void test_a_gpu_of_two_addresses_is_one(void **state)
{
    (void)state;
    ASSERT_DEVICES(
        "exporter-a cpu0 node_rapl_package_joules_total\n"
        "exporter-a gpu0/aa DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION (nvidia_smi_power_draw_watts)\n",
        "node_rapl_package_joules_total instance=exporter-a:9100 index=0",
        "nvidia_smi_power_draw_watts instance=exporter-a:9835 uuid=aa",
        "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION instance=exporter-b:9400 gpu=0 UUID=GPU-aa");
}

static void test_a_better_meter_that_came_late(void **state)
{
    (void)state;
    /* 2 of 20 moments, and 19: a tenth less is no reason */
    ASSERT_DEVICES(
        "n1 gpu0/bb DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION (nvidia_smi_power_draw_watts)\n"
        "n1 gpu-1/aa nvidia_smi_power_draw_watts (DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION)\n",
        "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION instance=n1:9400 UUID=GPU-aa there=3",
        "nvidia_smi_power_draw_watts instance=n1:9835 uuid=aa there=fffff",
        "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION instance=n1:9400 gpu=0 UUID=GPU-bb there=7ffff",
        "nvidia_smi_power_draw_watts instance=n1:9835 uuid=bb there=fffff");
    ASSERT_DEVICES("n1 cpu0 scaph_socket_energy_microjoules (node_rapl_package_joules_total)\n",
                   "node_rapl_package_joules_total instance=n1:9100 index=0 there=f",
                   "scaph_socket_energy_microjoules instance=n1:8080 socket_id=0 there=fff");
    /* what is measured for a part is better than a model of the whole */
    ASSERT_DEVICES("n1 cpu0 node_rapl_package_joules_total\n",
                   "node_rapl_package_joules_total instance=n1:9100 index=0 there=1",
                   "node_cpu_seconds_total instance=n1:9100 cpu=0 mode=idle there=fff");
}

static void test_what_hosts_are_called(void **state)
{
    struct survey survey = { 0 };
    uint32_t host;

    (void)state;
    add(&survey, "node_uname_info instance=10.0.0.5:9100 nodename=gpu01.example");
    add(&survey, "node_boot_time_seconds instance=[fd00::1]:9100");
    assert_int_equal(survey_settle(&survey), 0);
    host = survey.series[1].host;
    assert_string_equal(survey.hosts.items[host].name, "gpu01.example");
    assert_true(host_is_called(&survey.hosts, host, "10.0.0.5"));
    assert_true(host_is_called(&survey.hosts, host, "10.0.0.5:9100"));
    assert_true(host_is_called(&survey.hosts, host, "GPU01"));
    assert_true(host_is_called(&survey.hosts, host, "gpu01.example"));
    assert_false(host_is_called(&survey.hosts, host, "gpu01.other"));
    assert_false(host_is_called(&survey.hosts, host, "10.0.0"));
    assert_string_equal(survey.hosts.items[survey.series[0].host].name, "[fd00::1]");
    survey_deinit(&survey);
}

static void test_figures_that_are_none(void **state)
{
    const struct family *energy = family_find("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION");

    (void)state;
    assert_true(family_is_sentinel(energy, 9223372036854775794.0));
    assert_true(family_is_sentinel(energy, 2147483634));
    assert_true(family_is_sentinel(energy, 1.407374883553e14));
    assert_false(family_is_sentinel(energy, 2147483636));
    assert_false(family_is_sentinel(energy, 8.4e10));
    assert_false(family_is_sentinel(family_find("node_rapl_dram_joules_total"), 2147483634));
    assert_true(family_wrap_joules(262000) == 262143.328850);
    assert_true(family_wrap_joules(65700) == 65712.999613);
    assert_true(family_wrap_joules(60000) == 65532.610987);
    assert_true(family_wrap_joules(262144) == 0);
}

static void test_every_row_can_be_asked_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < family_count; i++) {
        const struct family *row = &family_table[i];

        assert_ptr_equal(family_find(row->metric), row); /* once in the table */
        assert_true(row->scale > 0);
        assert_true(row->kind <= SERIES_UTILIZATION);
        assert_true((row->form == FORM_SUM || row->form == FORM_RAILS) == (row->part != NULL));
        assert_true((row->device == DEVICE_GPU) <= (row->vendor != NULL));
        if ((row->flags & FAMILY_WRAPS) != 0)
            assert_non_null(row->matchers);
    }
    assert_non_null(family_by_unit("rack_a_watts"));
    assert_non_null(family_by_unit("rack_a_joules_total"));
    assert_null(family_by_unit("rack_a_kilowatts_hours"));
    assert_null(family_by_unit("_watts"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_forms_of_rapl),
        cmocka_unit_test(test_the_best_of_each_gpu),
        cmocka_unit_test(test_instances_of_a_gpu_repeat_it),
        cmocka_unit_test(test_kepler_old_and_new),
        cmocka_unit_test(test_other_exporters),
        cmocka_unit_test(test_our_own),
        cmocka_unit_test(test_hwmon_by_chip_and_label),
        cmocka_unit_test(test_hwmon_of_boards_and_modules),
        cmocka_unit_test(test_jetson_rails),
        cmocka_unit_test(test_a_battery_while_it_discharges),
        cmocka_unit_test(test_loads_where_nothing_measures),
        cmocka_unit_test(test_two_jobs_of_one_host),
        cmocka_unit_test(test_names_of_hosts),
        cmocka_unit_test(test_a_gpu_of_two_addresses_is_one),
        cmocka_unit_test(test_a_better_meter_that_came_late),
        cmocka_unit_test(test_what_hosts_are_called),
        cmocka_unit_test(test_figures_that_are_none),
        cmocka_unit_test(test_every_row_can_be_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
