{{/* Names and labels are those of the chart of the Go program: an upgrade changes its objects in place. */}}

{{- define "vm-dhcp.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "vm-dhcp.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- $full | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "vm-dhcp.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "vm-dhcp.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* A Deployment never changes its selector, so this has to stay as it is. */}}
{{- define "vm-dhcp.selectorLabels" -}}
app.kubernetes.io/name: {{ include "vm-dhcp.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "vm-dhcp.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "vm-dhcp.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/component: controller
{{- end }}

{{/*
An image as nodes pull it, of a dict with the values "image" and the context "root". The registry of a
repository is its first part if that has a dot or a colon, or is localhost.
*/}}
{{- define "vm-dhcp.imageOf" -}}
{{- $repository := .image.repository }}
{{- with .root.Values.global.imageRegistry }}
{{- $parts := splitList "/" $repository }}
{{- if and (gt (len $parts) 1) (regexMatch "[.:]|^localhost$" (first $parts)) }}
{{- $parts = rest $parts }}
{{- end }}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) (join "/" $parts) }}
{{- end }}
{{- if and .image.digest (not .image.tag) }}
{{- printf "%s@%s" $repository .image.digest }}
{{- else }}
{{- $tag := .image.tag | default .root.Chart.AppVersion }}
{{- printf "%s:%s%s" $repository $tag (.image.digest | empty | ternary "" (printf "@%s" .image.digest)) }}
{{- end }}
{{- end }}

{{- define "vm-dhcp.image" -}}
{{- include "vm-dhcp.imageOf" (dict "image" .Values.image "root" .) }}
{{- end }}

{{/* The image of the agents is that of the controller, unless the values name another. */}}
{{- define "vm-dhcp.agentImage" -}}
{{- $image := .Values.agent.image }}
{{- if $image.repository }}
{{- include "vm-dhcp.imageOf" (dict "image" $image "root" .) }}
{{- else if or $image.tag $image.digest }}
{{- include "vm-dhcp.imageOf" (dict "image" (merge (dict "repository" .Values.image.repository) $image) "root" .) }}
{{- else }}
{{- include "vm-dhcp.image" . }}
{{- end }}
{{- end }}

{{/* As a list of objects with a name, whether the values name Secrets or objects. */}}
{{- define "vm-dhcp.imagePullSecrets" -}}
{{- $names := list }}
{{- range concat (.Values.imagePullSecrets | default list) (.Values.global.imagePullSecrets | default list) }}
{{- if kindIs "map" . }}
{{- $names = append $names .name }}
{{- else }}
{{- $names = append $names . }}
{{- end }}
{{- end }}
{{- range uniq $names }}
- name: {{ . | quote }}
{{- end }}
{{- end }}

{{/* Not empty if pods with the account that the Go program's chart has for agents are there. */}}
{{- define "vm-dhcp.hasGoAgents" -}}
{{- $account := include "vm-dhcp.fullname" . | printf "%s-agent" }}
{{- if and .Release.IsUpgrade (lookup "v1" "ServiceAccount" .Release.Namespace $account) }}
{{- range (lookup "v1" "Pod" .Release.Namespace "").items }}
{{- if eq (dig "serviceAccountName" "" .spec) $account }}
{{- .metadata.name }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Not empty if agents that a controller of this version has deployed are there. */}}
{{- define "vm-dhcp.hasAgents" -}}
{{- range (lookup "apps/v1" "Deployment" .Release.Namespace "").items }}
{{- if eq (dig "labels" "network.harvesterhci.io/vm-dhcp-controller" "" .metadata) "agent" }}
{{- .metadata.name }}
{{- end }}
{{- end }}
{{- end }}
