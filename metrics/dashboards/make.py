#!/usr/bin/env python3
"""Prints the Grafana dashboard of vsphere-syncer; for Grafana 11 or newer.

  metrics/dashboards/make.py > metrics/dashboards/vsphere-syncer.json
"""

import json
import sys

SCHEMA = 39  # of Grafana 11
VC = 'vc=~"$vc"'
RATE = "[$__rate_interval]"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
GREEN_TO_RED = [("green", None), ("orange", 30), ("red", 300)]


def quantile(q: float, histogram: str, by: str, labels: str = "") -> str:
    return (f"histogram_quantile({q}, sum by (le, {by}) "
            f"(rate({histogram}_bucket{{{labels}}}{RATE})))")


def rate(counter: str, by: str, labels: str = "") -> str:
    return f"sum by ({by}) (rate({counter}{{{labels}}}{RATE}))"


# Row -> panels: title, kind, unit, width of 24, queries with their legends.
ROWS = {
    "Overview": [
        ("Behind by", "stat", "s", 4, [("max(vsphere_syncer_oldest_pending_seconds)", "")]),
        ("In sync", "stat", "percentunit", 4, [
            ('sum(vsphere_syncer_volumes{state="in_sync"}) / sum(vsphere_syncer_volumes)', "")]),
        ("Failing volumes", "stat", "none", 4, [('sum(vsphere_syncer_volumes{state="failed"})', "")]),
        ("Conditions that stand", "stat", "none", 4, [("sum(vsphere_syncer_condition)", "")]),
        ("Replicas that lead", "stat", "none", 4, [("sum(leader_election_master_status)", "")]),
        ("Version", "stat", "none", 4, [("count by (version) (vsphere_syncer_info)", "{{version}}")]),
        ("Time until CNS has a change", "timeseries", "s", 12, [
            (quantile(0.5, "vsphere_syncer_propagation_seconds", "kind"), "p50 {{kind}}"),
            (quantile(0.99, "vsphere_syncer_propagation_seconds", "kind"), "p99 {{kind}}")]),
        ("Conditions", "timeseries", "none", 12, [
            ("sum by (type) (vsphere_syncer_condition)", "{{type}}")]),
    ],
    "Per vCenter": [
        ("Oldest change that waits", "timeseries", "s", 12, [
            (f"vsphere_syncer_oldest_pending_seconds{{{VC}}}", "{{vc}}")]),
        ("Volumes by state", "timeseries", "none", 12, [
            (f"sum by (vc, state) (vsphere_syncer_volumes{{{VC}}})", "{{vc}} {{state}}")]),
        ("Time until CNS has a change, p99", "timeseries", "s", 12, [
            (quantile(0.99, "vsphere_syncer_propagation_seconds", "vc", VC), "{{vc}}")]),
        ("Volumes in CNS", "timeseries", "none", 12, [
            (f"vsphere_syncer_cns_volumes{{{VC}}}", "{{vc}}"),
            (f"vsphere_cns_volume_pv_missing{{{VC}}}", "{{vc}} without a PV"),
            (f"sum by (vc) (vsphere_syncer_volumes_held{{{VC}}})", "{{vc}} held for a human")]),
        ("Drift", "timeseries", "none", 24, [
            (f"sum by (vc, class) (vsphere_syncer_drift_volumes{{{VC}}})", "{{vc}} {{class}}")]),
        ("Session", "timeseries", "none", 8, [
            (f"vsphere_syncer_vcenter_session{{{VC}}}", "{{vc}}")]),
        ("Logins", "timeseries", "cps", 8, [
            (rate("vsphere_syncer_vcenter_logins_total", "vc, result", VC), "{{vc}} {{result}}")]),
        ("Why nothing moves", "timeseries", "none", 12, [
            (f"vsphere_syncer_vcenter_breaker_open{{{VC}}}", "{{vc}} does not answer"),
            (f"vsphere_syncer_vcenter_credentials_latched{{{VC}}}", "{{vc}} credentials rest"),
            (f"sum by (vc, privilege) (vsphere_syncer_vcenter_missing_privileges{{{VC}}})",
             "{{vc}} lacks {{privilege}}")]),
        ("Certificate valid for", "timeseries", "s", 8, [
            (f"vsphere_syncer_vcenter_certificate_expiry_timestamp_seconds{{{VC}}} - time()", "{{vc}}")]),
    ],
    "Queue": [
        ("Volumes in the queue", "timeseries", "none", 12, [
            (f"vsphere_syncer_queue_depth{{{VC}}}", "{{vc}}"),
            ('workqueue_depth{controller="vsphere-syncer"}', "{{name}} ready")]),
        ("Put into the queue", "timeseries", "cps", 12, [
            (rate("workqueue_adds_total", "name", 'controller="vsphere-syncer"'), "{{name}}"),
            (rate("workqueue_retries_total", "name", 'controller="vsphere-syncer"'), "{{name}} again")]),
        ("Updates", "timeseries", "cps", 12, [
            (rate("vsphere_syncer_updates_total", "vc, result", VC), "{{vc}} {{result}}")]),
        ("Updates under way, and how many may be", "timeseries", "none", 12, [
            (f"vsphere_syncer_in_flight{{{VC}}}", "{{vc}}"),
            (f"vsphere_syncer_in_flight_limit{{{VC}}}", "{{vc}} limit"),
            (rate("vsphere_syncer_vcenter_throttled_total", "vc", VC), "{{vc}} halved per second")]),
        ("Time in the queue, p99", "timeseries", "s", 12, [
            (quantile(0.99, "workqueue_queue_duration_seconds", "name",
                      'controller="vsphere-syncer"'), "{{name}}")]),
        ("Time with a worker, p99", "timeseries", "s", 12, [
            (quantile(0.99, "workqueue_work_duration_seconds", "name",
                      'controller="vsphere-syncer"'), "{{name}}"),
            ('workqueue_longest_running_processor_seconds{controller="vsphere-syncer"}',
             "{{name}} longest now")]),
    ],
    "Calls": [
        ("Calls to vCenter", "timeseries", "reqps", 12, [
            (rate("vsphere_syncer_vcenter_calls_total", "operation", VC), "{{operation}}")]),
        ("Failed calls", "timeseries", "reqps", 12, [
            (rate("vsphere_syncer_vcenter_calls_total", "vc, operation, result",
                  VC + ',result!="ok"') + " or vector(0)", "{{vc}} {{operation}} {{result}}")]),
        ("Duration of calls, p99", "timeseries", "s", 12, [
            (quantile(0.99, "vsphere_syncer_vcenter_call_seconds", "operation",
                      'operation!="WaitForUpdatesEx"'), "{{operation}}")]),
        ("Operations of CNS", "timeseries", "ops", 12, [
            ("sum by (optype, status) (rate(vsphere_cns_volume_ops_histogram_count"
             f"{RATE}))", "{{optype}} {{status}}")]),
        ("SOAP requests by client", "timeseries", "reqps", 12, [
            (f"sum by (client, status) (rate(vsphere_request_ops_seconds_count{RATE}))",
             "{{client}} {{status}}")]),
        ("Requests to the API server", "timeseries", "reqps", 12, [
            (rate("rest_client_requests_total", "method, code"), "{{method}} {{code}}")]),
        ("Requests to the API server, p99", "timeseries", "s", 12, [
            (quantile(0.99, "rest_client_request_duration_seconds", "verb", ""), "{{verb}}")]),
        ("Watch events", "timeseries", "cps", 12, [
            (rate("vsphere_syncer_watch_events_total", "resource"), "{{resource}}"),
            (rate("vsphere_syncer_decode_errors_total", "resource"), "{{resource}} undecodable")]),
        ("Since a watch last heard something", "timeseries", "s", 12, [
            ("time() - max by (resource) (vsphere_syncer_watch_last_event_timestamp_seconds)",
             "{{resource}}")]),
    ],
    "Full sync": [
        ("Since everything was read last", "timeseries", "s", 8, [
            (f"time() - vsphere_syncer_full_sync_last_success_timestamp_seconds{{{VC}}}", "{{vc}}"),
            ("max(vsphere_syncer_full_sync_interval_seconds)", "interval")]),
        ("Last duration", "timeseries", "s", 8, [
            (f"vsphere_syncer_full_sync_last_duration_seconds{{{VC}}}", "{{vc}}")]),
        ("Failures in a row", "timeseries", "none", 8, [
            (f"vsphere_syncer_full_sync_consecutive_failures{{{VC}}}", "{{vc}}")]),
        ("Cycles in an hour", "timeseries", "none", 12, [
            (f"sum by (vc, result) (increase(vsphere_syncer_full_syncs_total{{{VC}}}[1h]))",
             "{{vc}} {{result}}")]),
        ("Cycles as the replaced container counted them", "timeseries", "none", 12, [
            ("sum by (status) (increase(vsphere_full_sync_ops_histogram_count[1h]))", "{{status}}")]),
    ],
    "Fail-over": [
        ("Who leads", "timeseries", "none", 12, [
            ("leader_election_master_status", "{{instance}}"),
            ("vsphere_syncer_lease_seconds_left", "{{instance}} seconds without a renewal")]),
        ("Informers that are complete", "timeseries", "none", 12, [
            ("sum by (instance) (vsphere_syncer_informer_synced)", "{{instance}}")]),
        ("Running for", "timeseries", "s", 12, [
            ('time() - process_start_time_seconds and on (job, instance) vsphere_syncer_info',
             "{{instance}}")]),
        ("Memory", "timeseries", "bytes", 6, [
            ("process_resident_memory_bytes and on (job, instance) vsphere_syncer_info", "{{instance}}")]),
        ("Processors", "timeseries", "percentunit", 6, [
            (f"rate(process_cpu_seconds_total{RATE}) and on (job, instance) vsphere_syncer_info",
             "{{instance}}")]),
    ],
}


def panel(number: int, x: int, y: int, title: str, kind: str, unit: str, width: int,
          queries: list) -> dict:
    height = 4 if kind == "stat" else 8
    defaults: dict = {"unit": unit, "min": 0}
    if title == "Behind by":
        defaults["thresholds"] = {"mode": "absolute", "steps": [
            {"color": color, "value": value} for color, value in GREEN_TO_RED]}
    options: dict = {"legend": {"displayMode": "list", "placement": "bottom"},
                     "tooltip": {"mode": "multi", "sort": "desc"}}
    if kind == "stat":
        options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
                   "textMode": "name" if title == "Version" else "auto"}
    return {
        "id": number, "title": title, "type": kind, "datasource": SOURCE,
        "gridPos": {"x": x, "y": y, "w": width, "h": height},
        "fieldConfig": {"defaults": defaults, "overrides": []}, "options": options,
        "targets": [{"refId": chr(ord("A") + index), "datasource": SOURCE, "expr": expr,
                     "legendFormat": legend, "range": True}
                    for index, (expr, legend) in enumerate(queries)],
    }


def panels() -> list[dict]:
    made: list[dict] = []
    y = 0
    for row, contents in ROWS.items():
        made.append({"id": len(made) + 1, "title": row, "type": "row", "collapsed": False,
                     "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}, "panels": []})
        y += 1
        x = height = 0
        for one in contents:
            if x + one[3] > 24:
                x, y = 0, y + height
            made.append(panel(len(made) + 1, x, y, *one))
            x, height = x + one[3], made[-1]["gridPos"]["h"]
        y += height
    return made


def dashboard() -> dict:
    return {
        "uid": "vsphere-syncer", "title": "vsphere-syncer", "tags": ["vsphere", "csi"],
        "schemaVersion": SCHEMA, "version": 1, "editable": True, "graphTooltip": 1,
        "refresh": "30s", "timezone": "", "time": {"from": "now-6h", "to": "now"},
        "annotations": {"list": []}, "links": [],
        "templating": {"list": [
            {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Data source"},
            {"name": "vc", "type": "query", "label": "vCenter", "datasource": SOURCE, "refresh": 2,
             "query": {"query": "label_values(vsphere_syncer_volumes, vc)", "refId": "vc"},
             "definition": "label_values(vsphere_syncer_volumes, vc)", "multi": True,
             "includeAll": True, "allValue": ".*", "current": {"text": ["All"], "value": ["$__all"]}},
        ]},
        "panels": panels(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(dashboard(), indent=1) + "\n")
