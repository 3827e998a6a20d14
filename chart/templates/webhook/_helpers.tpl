{{/* Of everything of the webhook. Its configurations go with the ClusterRole of this name. */}}
{{- define "vm-dhcp.webhook.fullname" -}}
{{- printf "%s-webhook" (include "vm-dhcp.fullname" . | trunc 55 | trimSuffix "-") }}
{{- end }}

{{/* The controller's selector has no component, so the name has to be another one. */}}
{{- define "vm-dhcp.webhook.selectorLabels" -}}
app.kubernetes.io/name: {{ include "vm-dhcp.name" . | trunc 55 }}-webhook
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "vm-dhcp.webhook.labels" -}}
{{ omit (include "vm-dhcp.labels" . | fromYaml) "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component" | toYaml }}
{{ include "vm-dhcp.webhook.selectorLabels" . }}
app.kubernetes.io/component: webhook
{{- end }}

{{/* The Secret that the certificate comes from; empty where the webhook makes its own. */}}
{{- define "vm-dhcp.webhook.tlsSecret" -}}
{{- if .Values.webhook.tls.secretName }}
{{- .Values.webhook.tls.secretName }}
{{- else if .Values.webhook.tls.certManager.enabled }}
{{- printf "%s-certificate" (include "vm-dhcp.webhook.fullname" .) }}
{{- end }}
{{- end }}
