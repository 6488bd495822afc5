# SPDX-License-Identifier: Apache-2.0
"""test_fetch_cloud.py - the region of a machine, asked of its cloud's metadata service."""
import json
import os
import subprocess
import time

from fetch_case import CLIENT, SLOW, Case, main

FETCHER = os.environ["AICO2_FETCH"]  # as installed: it needs no provider for this
TOKEN = "AQAEAs3cr3tToken=="

# what a service is asked, and what it answers
SERVICES = {
    "aws": ("/latest/meta-data/placement/region", {"x-aws-ec2-metadata-token": TOKEN}, "eu-west-3", "aws:eu-west-3"),
    "gcp": ("/computeMetadata/v1/instance/zone", {"metadata-flavor": "Google"},
            "projects/705208488469/zones/us-central1-a", "gcp:us-central1"),
    "azure": ("/metadata/instance/compute/location?api-version=2021-02-01&format=text", {"metadata": "true"},
              "westeurope", "azure:westeurope"),
    "oci": ("/opc/v2/instance/", {"authorization": "Bearer Oracle"}, '{"canonicalRegionName": "us-phoenix-1"}',
            "oci:us-phoenix-1"),
    "hetzner": ("/hetzner/v1/metadata/availability-zone", {}, "fsn1-dc14", "hetzner:fsn1"),
    "linode": ("/v1/instance", {"metadata-token": TOKEN}, '{"region": "us-east"}', "linode:us-east"),
    "scaleway": ("/conf?format=json", {}, '{"location": {"zone_id": "fr-par-1"}}', "scaleway:fr-par"),
}


class Cloud(Case):
    def location(self, cloud, *choices, **fields):
        done = subprocess.run([CLIENT, FETCHER, *self.words(*choices, what="location", cloud=cloud, **fields)],
                              env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SLOW,
                              check=True)
        self.output += done.stdout + done.stderr
        return json.loads(done.stdout)

    def service(self, cloud):
        path, headers, body, _ = SERVICES[cloud]

        def handler(exchange):
            if exchange.method == "PUT":
                exchange.reply(TOKEN)
            elif exchange.path == path and headers.items() <= exchange.headers.items():
                exchange.reply(body)
            else:
                exchange.reply(status=401)
        return self.server(handler)

    def test_each_is_asked_as_it_wants_to_be(self):
        for cloud, (_, _, _, expected) in SERVICES.items():
            server = self.service(cloud)
            answer = self.location(cloud, ("cloud", server.url))
            self.assertEqual((answer["status"], answer["cloud"]), (0, expected), answer)
            self.assertEqual(answer["steps"], [[cloud, "used", ""]])
            self.assertEqual([request[0] for request in server.requests],
                             ["PUT", "GET"] if cloud in ("aws", "linode") else ["GET"])
        self.assertNotIn(TOKEN, self.output)
        self.assertFalse(os.path.exists(self.cache))

    def test_what_is_no_region(self):
        for body, status, outcome in (("", 200, "bad answer"), ("<html>", 200, "bad answer"), ("no", 404, "bad answer"),
                                      ("no", 403, "denied"), ("x" * 9000000, 200, "bad answer")):
            server = self.serve(body, status=status)
            answer = self.location("hetzner", ("cloud", server.url))
            self.assertEqual((answer["status"], answer["cloud"], answer["steps"][0][1]), (-61, "", outcome), answer)
        answer = self.location("aws", ("cloud", self.serve("bad\r\ntoken: x").url))
        self.assertEqual(answer["steps"][0][1:], ["bad answer", "what it gives is no token"])
        self.assertEqual(self.location("nobody")["steps"][0][1], "not covered")

    def test_a_service_that_is_not_there_costs_little(self):
        for url in ("http://169.254.255.254:9", "http://192.0.2.1", "https://10.255.255.1", "http://localhost:1"):
            began = time.monotonic()
            answer = self.location("aws", ("cloud", url), deadline=1000)
            self.assertEqual((answer["status"], answer["cloud"]), (-61, ""))
            self.assertLess(time.monotonic() - began, 1 + 20)  # on a busy machine
            if "192.0.2" in url or "10.255" in url:
                self.assertIn("may not be asked", answer["steps"][0][2])

    def test_no_proxy(self):
        proxy = self.serve("fsn1-dc14")
        self.env.update(http_proxy=proxy.url, all_proxy=proxy.url)
        self.location("hetzner", ("cloud", "http://169.254.255.254:9"), deadline=1000)
        self.assertEqual(proxy.requests, [])


if __name__ == "__main__":
    main()
