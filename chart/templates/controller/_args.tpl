{{/* What the controller is started with. */}}
{{- define "vm-dhcp.controllerArgs" -}}
- --name=$(POD_NAME)
- --namespace={{ .Release.Namespace }}
- --http=:8080
{{- if .Values.agent.enabled }}
- {{ printf "--image=%s" (include "vm-dhcp.agentImage" .) | quote }}
- --agent-replicas={{ .Values.agent.replicas }}
- --agent-pod-template=/etc/vm-dhcp/agent-pod-template/template.yaml
{{- else }}
- --no-agent
{{- end }}
{{- if eq .Values.controller.logLevel "debug" }}
- --debug
{{- end }}
{{- range .Values.controller.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}
