/* SPDX-License-Identifier: Apache-2.0 */
/* config/command_rows.c - the one table of commands, with the text of their help and man pages */
#include "config/command.h"

#include <string.h>

#include "base/attributes.h"
#include "base/text.h"

const struct command command_rows[] = {
    { COMMAND_RUN,
      "run",
      "[--] CMD [ARG...]",
      1,
      SIZE_MAX,
      true,
      "measure a command and everything it starts",
      "Starts CMD, samples the machine while it runs, and prints a report to standard error when "
      "it "
      "has ended. Standard input, output and error, the terminal, the environment and the signals "
      "are the command's own; its exit status becomes that of aico2.\n\n"
      "The first word that is no option begins the command, so \"aico2 run python3 x.py\" works "
      "too; with -- the command may itself start with a dash.\n\n"
      "A signal sent to aico2 is passed on once; what the terminal sends, the command has already. "
      "A sender that goes through all processes itself (scancel, systemd) reaches the command "
      "twice: "
      "directly, and by aico2.\n\n"
      "With --epoch-output the command's standard output is a pseudo terminal of ours, out of "
      "which "
      "every byte is brought to the real one. Programs print to a terminal line by line, to a pipe "
      "or a file by the block: so its buffering changes, and it may use colours, as on a terminal. "
      "Standard input and error are left alone.\n\n"
      "Where the machine stands is never guessed: without a place the world average is used and "
      "named as such.",
      { { "aico2 run -- python3 train.py", "measure a training" },
        { "aico2 run --country FR -o report.json -- ./train.sh", "say where, keep the report" },
        { "aico2 run --interval 100ms --samples s.csv -- ./job", "ten samples a second, kept" },
        { "aico2 run --unit epoch --units 10 -- python3 train.py", "and the grams per epoch" },
        { "aico2 run --epochs 90 --epoch-log t.log -- ./train",
          "foretell what all epochs use" } } },
    { COMMAND_MEASURE,
      "measure",
      "",
      0,
      0,
      false,
      "report on a past window of time",
      "Looks up what the history holds between two times, and reports on it as run does. Times are "
      "RFC 3339 (2026-11-24T02:28:48Z) or unix seconds.\n\n"
      "With --source prometheus it asks a Prometheus-compatible server instead, and finds by "
      "itself "
      "which exporters it has. Each device's samples are integrated by themselves, with the edges "
      "of the window interpolated and holes left out; several hosts are kept apart. Secrets come "
      "from files that nobody else may read (docs/prometheus.md).",
      { { "aico2 measure --start 2026-11-24T02:00:00Z --end 2026-11-24T03:00:00Z", "an hour" } } },
    { COMMAND_ESTIMATE,
      "estimate",
      "",
      0,
      0,
      false,
      "a footprint from hardware, time and place, unmeasured",
      "Count times hours times watts times utilisation times PUE, with the watts of the tables or "
      "of --power. It counts the devices named and no others. An unknown model is not an error: "
      "its power is assumed, with a warning and the nearest names.\n\n"
      "--count and --power are of the GPU where one is named, else of the CPU. Memory is counted "
      "once, whatever the utilisation: what it draws hardly follows it.\n\n"
      "--gpu and --cpu may stand several times, each with its own count, watts and share of full "
      "load behind the name: NAME:8@400W@60%.\n\n"
      "Model cards tell hours times GPUs: --gpu-hours; or the energy itself: --energy-kwh.\n\n"
      "--table reads many from CSV: a column for each of these options and name, a row for each "
      "estimate. An empty cell takes the option of the command line; a bad one is named with its "
      "line, its row left out, and the status is 2.",
      { { "aico2 estimate --gpu A100 --count 8 --hours 24 --country FR", "eight GPUs for a day" },
        { "aico2 estimate --gpu mine --power 350 --hours 2", "a model that no table knows" },
        { "aico2 estimate --gpu A100-80GB --gpu-hours 82432 --pue 1.1 --intensity 385",
          "a model card" },
        { "aico2 estimate --gpu A100:8 --gpu T4:2@50% --hours 24", "several kinds at once" } } },
    { COMMAND_RUNS,
      "runs",
      "",
      0,
      0,
      false,
      "list the runs of the history, newest first",
      "One line a run. Long lists come in pages: --cursor goes on where the last one ended.",
      { { "aico2 runs --limit 5", "the last five" } } },
    { COMMAND_SHOW,
      "show",
      "RUN",
      1,
      1,
      false,
      "the report of a run of the history",
      "RUN is a run's identifier as runs lists it, or a beginning of it (six characters or more) "
      "that "
      "fits only one run; or a run's name, which means the newest of that name; or last.",
      { { "aico2 show last", "the newest run" }, { "aico2 show 01KB3F --json", "as JSON" } } },
    { COMMAND_COMPARE,
      "compare",
      "A B",
      2,
      2,
      false,
      "what two runs differ by, and if surely",
      "B against A, figure by figure. The verdict is \"lower\" or \"higher\" only when the band of "
      "the difference leaves out zero; else it is \"cannot tell\".",
      { { "aico2 compare 01KB3F 01KB4A", "did the change help?" } } },
    { COMMAND_RECOMPUTE,
      "recompute",
      "[RUN]",
      0,
      1,
      false,
      "the same joules under another place or PUE",
      "The history holds joules, never only grams; so an old run can be put under another place, "
      "intensity or PUE, another year's figure or one of another kind. Nothing is stored without "
      "--save.\n\n"
      "--all does it for every run that has ended, or those that --start, --end, --stage and "
      "--name choose: a "
      "table of before and after, and the sums; with --save in one transaction, all or nothing. "
      "Copies "
      "stored earlier are left out, their joules being the originals'.",
      { { "aico2 recompute 01KB3F --country SE", "the run, had it been in Sweden" },
        { "aico2 recompute last --country FR --kind direct", "by what leaves the chimneys" },
        { "aico2 recompute --all --country SE --format csv", "everything, as a table" } } },
    { COMMAND_RECOVER,
      "recover",
      "",
      0,
      0,
      false,
      "close the runs whose aico2 was killed",
      "A run is dead when its process is gone. What was sampled is kept, and the run ends at its "
      "last stored sample. Runs of other hosts are never touched.",
      { { "aico2 recover", "after a power cut" } } },
    { COMMAND_EXPORT,
      "export",
      "",
      0,
      0,
      false,
      "what the history holds, for other programs",
      "Writes the runs of the history, newest first, to standard output or to the file of -o: as "
      "CSV, which begins with CodeCarbon's "
      "columns, or with --format json as one document of whole reports. --start and --end choose "
      "by when a "
      "run began; --stage and --name by what it is. However long the history is, one run is in "
      "memory at a time.\n\n"
      "With --textfile it writes aico2.prom into a directory that node_exporter reads: the "
      "machine's energy "
      "and emissions over all of the history, which never fall, and the runs that go on or ended "
      "within "
      "--ended-within. The place is of the machine's emissions; runs have places of their own.\n\n"
      "With --remote-write on the command line it sends those runs once to a time-series server, "
      "with "
      "the times at which they were.",
      { { "aico2 export -o runs.csv", "every run as a row" },
        { "aico2 export --format json --start 2026-11-01T00:00:00Z", "whole reports" },
        { "aico2 export --textfile /var/lib/prometheus/node-exporter", "for a timer" },
        { "aico2 export --remote-write http://localhost:9090/api/v1/write", "to a server" } } },
    { COMMAND_IMPORT,
      "import",
      "FILE...",
      1,
      SIZE_MAX,
      false,
      "make runs of the logs of other programs",
      "Reads a log that another program has written while something ran, and stores it as a run of "
      "the history: energy out of its powers and times, holes as gaps, a band. Known are the logs "
      "of "
      "jtop's logger and tegrastats, the files of the original project (jtop_usage.csv, "
      "training_data.csv and their like) and CodeCarbon's emissions.csv, a run a row. They are "
      "told "
      "apart by what is in them; - is standard input.\n\n"
      "What was imported before is not imported again. A line that cannot be read is skipped "
      "and counted; with --strict it is an error. Either all of a run is stored, or nothing.\n\n"
      "Times without a zone are this machine's local times unless --utc-offset says otherwise. A "
      "log without times needs --start.",
      { { "aico2 import jtop.csv --country FR", "what jtop's logger wrote" },
        { "aico2 import emissions.csv", "CodeCarbon's, all of its runs" },
        { "aico2 import old.log --start 2026-11-24T10:00:00Z",
          "tegrastats of JetPack 4: no times" },
        { "aico2 import jtop_usage.csv --cpu \"Jetson Orin Nano 8GB\"", "loads only: a model" },
        { "aico2 import - --host nano", "what comes on standard input, of another machine" } } },
    { COMMAND_INTENSITY,
      "intensity",
      "[PLACE]",
      0,
      1,
      false,
      "carbon intensity of a place, or of all of them",
      "PLACE is a country (FR, FRA, France), a subdivision (US-CA), a cloud region "
      "(aws:eu-west-3), a grid zone (US-CAL-CISO) or world; or a pattern of codes ('US-*'). "
      "Without "
      "one, all places that have a figure are listed. --search, --grade, --kind, --year and "
      "--country narrow the list.\n\n"
      "A figure is of a kind: of the whole life cycle or direct; an average of what is generated "
      "or "
      "consumed, or marginal. Each place has one of its own; --kind and --year choose another, "
      "--all-kinds shows them all.",
      { { "aico2 intensity FR --all-kinds", "every figure of France" },
        { "aico2 intensity --search paris", "what lies there" },
        { "aico2 intensity GB --kind direct --year 2022", "another kind, another year" },
        { "aico2 intensity --format csv", "all, as CSV" } } },
    { COMMAND_WHEN,
      "when",
      "",
      0,
      0,
      false,
      "the greenest time ahead to start a job",
      "For a job of --duration, the start within --within whose hours have the lowest mean carbon "
      "intensity, beside that of starting at once; and that start as at, sbatch and cron want it, "
      "in local time.\n\n"
      "The figures come from --intensity-file: a forecast, or days gone by. Where the file does "
      "not "
      "reach ahead, a typical day is made of its whole days, hour by hour (UTC), and the band is "
      "from the lowest to the highest of these days.\n\n"
      "--place compares places, each with figures of its own (FR=fr.csv) or with its yearly "
      "figure; "
      "the first, or that of --country and its kin, is where the job would run otherwise. "
      "--starter prints the start alone, for at, Slurm or cron.",
      { { "aico2 when --duration 8h --within 48h --intensity-file ahead.csv", "eight hours" },
        { "aico2 when --duration 90m --intensity-file ahead.csv --json", "as JSON" },
        { "aico2 when --duration 8h --place FR=fr.csv,DE=de.csv,SE", "where, too" } } },
    { COMMAND_SERVE,
      "serve",
      "",
      0,
      0,
      false,
      "keep measuring this machine, and serve the figures",
      "Measures the whole machine for as long as it runs, keeps what it measures in the history, "
      "and answers over HTTP: a page for people at /, live figures at /api/v1/live, /metrics for "
      "Prometheus, /healthz, /readyz. It listens on this machine alone unless --listen says "
      "otherwise, and what it samples never waits for who asks.\n\n"
      "The measurement is stored as a run named watch, a new one each day (UTC), so that "
      "measure finds every past hour. The history is that of the system, "
      "/var/lib/aico2/history.db, where it may be written, else the user's.\n\n"
      "SIGTERM ends it, with all that was measured stored; SIGHUP makes it read its "
      "configuration anew, and keep the old one where the new one has a fault. Under systemd it "
      "tells when it is ready, takes the sockets it is handed, and feeds the watchdog only when "
      "something was measured.",
      { { "aico2 serve --country FR", "on http://127.0.0.1:8000" },
        { "aico2 serve --listen 127.0.0.1:9090 --listen '[::1]:9090'", "both loopbacks" },
        { "aico2 serve --place FR=fr.csv", "with the hours of France" },
        { "aico2 serve --interval 10s --no-db", "metrics alone, nothing kept" },
        { "aico2 serve --seed", "also for the original project's page, at its ports" } } },
    { COMMAND_MONITOR,
      "monitor",
      "",
      0,
      0,
      false,
      "watch the machine's power, live, in the terminal",
      "Shows what the machine draws and what draws it: each device with where its figure comes "
      "from "
      "and its band, the processes by what they use, the carbon of it, the intensity of the place "
      "and the runs of the history. Nothing is stored. F1 shows the keys; q leaves.\n\n"
      "Where standard output is no terminal, with --plain, --json or --format csv it prints lines, "
      "once a tick, until it is ended or --count ticks are over.\n\n"
      "aico2 top is the same.",
      { { "aico2 monitor --country FR", "on a terminal" },
        { "aico2 monitor --interval 5s --plain", "a few lines each five seconds" },
        { "aico2 top --json --count 10", "ten ticks, a JSON object each" },
        { "aico2 monitor --intensity-file fr.csv", "with the hours of the place" } } },
    { COMMAND_DEVICES,
      "devices",
      "",
      0,
      0,
      false,
      "what is measured here, and how",
      "Lists the devices that draw power, the reader that measures each, and the readers that "
      "cannot be used, with the reason and what would mend it.",
      { { "aico2 devices", "what would a run measure?" } } },
    { COMMAND_DOCTOR,
      "doctor",
      "[SENSOR]",
      0,
      1,
      false,
      "what is not measured, and what would mend it",
      "Lists every sensor this machine could have with its state: used, available (another is "
      "better), denied, absent or broken; the reason; the commands that mend it; and what the band "
      "of the figure shrinks to with it. With SENSOR only that one, and the file that would be "
      "written.\n\n"
      "With --apply the files are written below /etc, after they were shown: rules of udev, lines "
      "of "
      "tmpfiles.d, modules to load. That is for root: sudo aico2 doctor rapl --apply. A file that "
      "is there with other "
      "content is left as it is. Nothing is run: the commands that make a file count without a "
      "restart are printed. Without SENSOR that is done for what is closed to us, or to all but "
      "root; what opens more than a reading has to be named.\n\n"
      "Energy counters tell what other programs compute, so they are opened to a group, never to "
      "everybody. The status is 0 whatever is found; a script asks for \"state\" in the JSON.",
      { { "aico2 doctor", "what could be better here?" },
        { "aico2 doctor rapl", "one sensor, with the file that would open it" },
        { "aico2 doctor --json", "every state, for a script" } } },
    { COMMAND_CALIBRATE,
      "calibrate",
      "",
      0,
      0,
      false,
      "learn what this machine draws, idle and at full load",
      "Measures the machine while nothing runs, and with --load while all its CPUs are kept busy, "
      "by "
      "the best meters there are: the counters of its processors and GPUs, its management "
      "controller, a laptop's battery while it discharges, or with --meter the log of a wall meter "
      "(CSV time,watts) that is written meanwhile. What is found is kept for this machine; runs "
      "use "
      "it from then on: the idle power of measured devices, and where no meter can be read models "
      "with a much narrower band.\n\n"
      "A machine that is not idle is told so, and nothing is kept. Nobody's CPUs are taken without "
      "--load or a yes on the terminal; whoever has work comes before it. A calibration of "
      "another processor, kernel or governor is not used, and runs say so.",
      { { "aico2 calibrate --load", "half a minute idle, half a minute at full load" },
        { "aico2 calibrate --load --load-time 2m", "longer than a turbo lasts" },
        { "aico2 calibrate --load --meter plug.csv", "against a wall meter's log" } } },
    { COMMAND_UP,
      "up",
      "",
      0,
      0,
      false,
      "start Prometheus and its exporters on this machine",
      "Starts what the original project's start_services.sh starts: Prometheus, node_exporter, "
      "where there is an NVIDIA GPU dcgm-exporter or nvidia_gpu_exporter, and aico2's own server. "
      "Each is the program of "
      "a distribution's package or one given by path, runs in the background in a session of its "
      "own, listens for this machine alone, and is waited for until it answers. prometheus.yml is "
      "written anew; data, logs and the record of what was started lie beside it.\n\n"
      "What runs already stays as it is, so a second call only starts what has ended. An exporter "
      "that somebody else has started on the usual port is used as it is. A port that is taken is "
      "named with who has it, a missing program with the package that brings it; the others start "
      "all the same, and the status is 1 only if none is up. A program \"none\" is left out.\n\n"
      "Nothing of it is needed to measure: run and measure do without.",
      { { "aico2 up", "all that this machine can have" },
        { "aico2 up --prometheus ./prometheus --node-exporter ./node_exporter",
          "programs of an unpacked archive" },
        { "aico2 up --port prometheus=9091 --port node=0", "other ports; 0: any that is free" },
        { "aico2 up --scrape-interval 5s --json", "for shorter runs; as JSON" } } },
    { COMMAND_DOWN,
      "down",
      "",
      0,
      0,
      false,
      "end the services that up has started",
      "Ends exactly the processes that aico2 up has started: by pid, start time and boot, so that "
      "none that came by the same number later is touched. Each gets SIGTERM, and SIGKILL if it "
      "has not ended within --wait. Data and logs stay.",
      { { "aico2 down", "end them" } } },
    { COMMAND_FLEET,
      "fleet",
      "",
      0,
      0,
      false,
      "what many machines used, by job, user, project or node",
      "Asks a Prometheus-compatible server that has the series of many machines' exporters for "
      "sums, not for the series: "
      "joules by row, place and hour. Each hour is costed at the intensity that the machines of "
      "that "
      "place had it at, where they tell none by the place's yearly figure; machines that do not "
      "say where "
      "they are, by the place given here.\n\n"
      "With the rules of contrib/prometheus/aico2.rules.yml loaded, a day of ten thousand machines "
      "is one cheap "
      "question; without them the server adds up by itself. By node it is all that machines use, "
      "by job what "
      "their runs use. See docs/fleet.md.",
      { { "aico2 fleet --prometheus-url http://p --start 1795478400 --end 1795564800",
          "a day's jobs" },
        { "AICO2_PROMETHEUS_URL=http://p aico2 fleet --by node --start 0 --end 9 --json",
          "nodes, as JSON" } } },
    { COMMAND_CONFIG,
      "config",
      "",
      0,
      0,
      false,
      "every option's value and where it comes from",
      "Shows each option with the value that run would take, and the file, line, environment "
      "variable or default that set it.",
      { { "AICO2_PUE=1.2 aico2 config --json", "with one value from the environment" } } },
    { COMMAND_HELP,
      "help",
      "[COMMAND]",
      0,
      1,
      false,
      "help on a command",
      "The same text as COMMAND --help.",
      { { "aico2 help run", "all options of run" } } },
};
const size_t command_row_count = ARRAY_LENGTH(command_rows);

const struct exit_row exit_rows[] = {
    { "0", "done" },
    { "1", "a valid question without an answer, or an output that could not be written" },
    { "2", "a bad option, a bad configuration file or an unknown place" },
    { NULL, NULL },
};

const struct exit_row exit_rows_run[] = {
    { "124", "the command was ended by --timeout" },
    { "125", "trouble of aico2 before the command was started, bad options included" },
    { "126", "the command was found and could not be executed" },
    { "127", "the command was not found" },
    { "else", "the status of the command; when a signal killed it, aico2 ends by the same signal" },
    { NULL, NULL },
};

const struct exit_row file_rows[] = {
    { "./.aico2.yml",
      "of the project: only name, stage, country, region, cloud, zone, pue, interval and unit" },
    { "$XDG_CONFIG_HOME/aico2/aico2.yml", "of the user; ~/.config when the variable is not set" },
    { "/etc/aico2/aico2.yml", "of the machine, and after it /etc/aico2/aico2.d/*.yml by name" },
    { NULL, NULL },
};

const char *command_alias(const struct command *command)
{
    return command->bit == COMMAND_MONITOR ? "top" : NULL;
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_row_count; i++) {
        const char *alias = command_alias(&command_rows[i]);

        if (strcmp(command_rows[i].name, name) == 0 || (alias != NULL && strcmp(alias, name) == 0))
            return &command_rows[i];
    }
    return NULL;
}

int command_usage_status(const struct command *command)
{
    return command != NULL && command->bit == COMMAND_RUN ? 125 : 2;
}
