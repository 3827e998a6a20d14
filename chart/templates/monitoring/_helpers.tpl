{{/*
Of a dict with the value "enabled" and the context "root": "true" or nothing. auto asks whether the cluster has
the kinds of the Prometheus operator; helm template knows of them by --api-versions monitoring.coreos.com/v1.
*/}}
{{- define "vm-dhcp.monitoring.isOn" -}}
{{- if eq (toString .enabled) "auto" }}
{{- .root.Capabilities.APIVersions.Has "monitoring.coreos.com/v1" | ternary "true" "" }}
{{- else }}
{{- eq (toString .enabled) "true" | ternary "true" "" }}
{{- end }}
{{- end }}

{{/* Labels of an object, of a dict with its values "of", its own labels "own" and the context "root". */}}
{{- define "vm-dhcp.monitoring.labels" -}}
{{- $labels := include "vm-dhcp.labels" .root | fromYaml }}
{{- toYaml (mergeOverwrite $labels (.own | default dict) (.of.labels | default dict)) }}
{{- end }}

{{/* Where a ServiceMonitor has Prometheus look, within this namespace. */}}
{{- define "vm-dhcp.monitoring.endpoints" -}}
namespaceSelector:
  matchNames:
  - {{ .Release.Namespace | quote }}
endpoints:
- port: metrics
  path: /metrics
  {{- with .Values.serviceMonitor.interval }}
  interval: {{ . }}
  {{- end }}
{{- end }}
