{{/* The API server and DNS. The API server is no pod, and its addresses are the cluster's own, so only its ports are named. */}}
{{- define "vm-dhcp.networkPolicy.egress" -}}
- ports:
  {{- range .Values.networkPolicy.apiServerPorts | default (list 443 6443) }}
  - port: {{ . }}
    protocol: TCP
  {{- end }}
- ports:
  - port: 53
    protocol: UDP
  - port: 53
    protocol: TCP
{{- end }}
