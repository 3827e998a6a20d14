{{/* The Service of the controller must not take the pod for one. */}}
{{- define "vm-dhcp.check.labels" -}}
{{ omit (include "vm-dhcp.labels" . | fromYaml) "app.kubernetes.io/name" | toYaml }}
app.kubernetes.io/name: {{ include "vm-dhcp.name" . | trunc 57 }}-check
{{- end }}

{{/* Before the pod, and gone when the test is over: the pod of one that failed stays, for its log. */}}
{{- define "vm-dhcp.check.accountAnnotations" -}}
helm.sh/hook: test
helm.sh/hook-weight: "-1"
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
