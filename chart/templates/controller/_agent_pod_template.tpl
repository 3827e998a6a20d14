{{/*
What the values say about the pods of agents, as the file of --agent-pod-template. The parts of
agent.podTemplate win. Containers are told apart by their names; a list such as tolerations takes the place
of that of the controller, so it begins with what agents tolerate by themselves.
*/}}
{{- define "vm-dhcp.agentPodTemplate" -}}
{{- $agent := dict "name" "agent" }}
{{- with .Values.agent.resources }}
{{- $_ := set $agent "resources" . }}
{{- end }}
{{- with .Values.agent.image.pullPolicy | default .Values.image.pullPolicy }}
{{- $_ := set $agent "imagePullPolicy" . }}
{{- end }}
{{- $spec := dict }}
{{- with include "vm-dhcp.imagePullSecrets" . | fromYamlArray }}
{{- $_ := set $spec "imagePullSecrets" . }}
{{- end }}
{{- range $field := list "priorityClassName" "nodeSelector" "affinity" }}
{{- with index $.Values.agent $field }}
{{- $_ := set $spec $field . }}
{{- end }}
{{- end }}
{{- with .Values.agent.tolerations }}
{{- $_ := set $spec "tolerations" (concat (include "vm-dhcp.agentTolerations" $ | fromYamlArray) .) }}
{{- end }}
{{- $given := .Values.agent.podTemplate | default dict | deepCopy }}
{{- $others := list }}
{{- range dig "spec" "containers" list $given }}
{{- if eq (dig "name" "" .) "agent" }}
{{- $agent = mergeOverwrite $agent . }}
{{- else }}
{{- $others = append $others . }}
{{- end }}
{{- end }}
{{- $template := mergeOverwrite (dict "spec" $spec) $given }}
{{- $_ := set $template.spec "containers" (prepend $others $agent) }}
{{- toYaml $template }}
{{- end }}

{{/* What the controller lets agents tolerate where no list is given. */}}
{{- define "vm-dhcp.agentTolerations" -}}
- key: node.kubernetes.io/not-ready
  operator: Exists
  effect: NoExecute
  tolerationSeconds: 10
- key: node.kubernetes.io/unreachable
  operator: Exists
  effect: NoExecute
  tolerationSeconds: 10
- key: node-role.kubernetes.io/control-plane
  operator: Exists
- key: node-role.kubernetes.io/etcd
  operator: Exists
{{- end }}
