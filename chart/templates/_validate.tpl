{{/*
What the schema cannot say, or not in words that help. Each message names the value, what is wrong with it and
what to do.
*/}}
{{- define "vm-dhcp.validate" -}}
{{- range $field, $image := dict "image" .Values.image "agent.image" .Values.agent.image }}
{{- with $image.repository }}
{{- if contains "@" . }}
{{- fail (printf "%s.repository: %q has a digest; put what follows the @ into %s.digest" $field . $field) }}
{{- else if regexMatch ":[^/]*$" . }}
{{- fail (printf "%s.repository: %q has a tag; put what follows the last colon into %s.tag" $field . $field) }}
{{- else if not (include "vm-dhcp.isRepository" .) }}
{{- fail (printf "%s.repository: %q is not the name of a repository, such as registry.example.com/vm-dhcp" $field .) }}
{{- end }}
{{- end }}
{{- with $image.tag }}
{{- if contains "@" . }}
{{- fail (printf "%s.tag: %q has a digest; put what follows the @ into %s.digest" $field . $field) }}
{{- else if not (regexMatch "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$" .) }}
{{- fail (printf "%s.tag: %q is not a tag: letters, digits, dots, dashes and underscores" $field .) }}
{{- end }}
{{- end }}
{{- end }}
{{- if not .Values.image.repository }}
{{- fail "image.repository: is empty; name the repository of the image, or leave it out" }}
{{- end }}
{{- with .Values.global.imageRegistry }}
{{- if regexMatch "\\s|^https?://|@" . }}
{{- fail (printf "global.imageRegistry: %q is not a registry, such as registry.example.com:5000" .) }}
{{- end }}
{{- end }}
{{- include "vm-dhcp.validateNames" . }}
{{- include "vm-dhcp.validateExtraArgs" . }}
{{- include "vm-dhcp.validateUpgrade" . }}
{{- include "vm-dhcp.validateOnlyRelease" . }}
{{- include "vm-dhcp.validateAccount" . }}
{{- include "vm-dhcp.validateCertificate" . }}
{{- end }}

{{/* Not empty if nodes can pull from a repository of this name. */}}
{{- define "vm-dhcp.isRepository" -}}
{{- $registry := "([A-Za-z0-9-]+([.][A-Za-z0-9-]+)+(:[0-9]+)?|[A-Za-z0-9-]+:[0-9]+|[[][0-9A-Fa-f:]+[]](:[0-9]+)?)" }}
{{- $part := "[a-z0-9]+(([.]|_|__|-+)[a-z0-9]+)*" }}
{{- if regexMatch (printf "^(%s/)?%s(/%s)*$" $registry $part $part) . }}yes{{ end }}
{{- end }}

{{/* Services have the narrowest rules for names; those of labels are wider. */}}
{{- define "vm-dhcp.validateNames" -}}
{{- $label := include "vm-dhcp.name" . }}
{{- if not (regexMatch "^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$" $label) }}
{{- fail (printf "nameOverride: %q cannot be a label; take letters, digits and dashes" $label) }}
{{- end }}
{{- $name := include "vm-dhcp.fullname" . }}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) }}
{{- fail (printf "fullnameOverride: objects cannot be called %q; set it to lower-case letters, digits and dashes that begin with a letter" $name) }}
{{- end }}
{{- end }}

{{/* Flags that have values of their own, or that what else the chart makes relies on. */}}
{{- define "vm-dhcp.validateExtraArgs" -}}
{{- $values := dict
  "image" "is set by agent.image"
  "agent-replicas" "is set by agent.replicas"
  "agent-pod-template" "is set by agent.podTemplate"
  "no-agent" "is set by agent.enabled: false"
  "debug" "is set by controller.logLevel: debug"
  "trace" "is set by controller.logLevel: debug"
  "name" "is the name of the pod"
  "namespace" "is the namespace of the release, where the controller has its rights"
  "http" "is :8080, where the probes and the Service ask"
  "leader-elect-resource-name" "is vm-dhcp-controllers, for which the controller has its rights"
  "leader-elect-resource-namespace" "is kube-system, where the controller has its rights"
  "no-leader-election" "would let two controllers work at once during each update"
  "kubeconfig" "is not needed: the controller has the account of its pod"
  "kubecontext" "is not needed: the controller has the account of its pod"
}}
{{- range .Values.controller.extraArgs }}
{{- $flag := . | trimPrefix "--" | splitList "=" | first }}
{{- with get $values $flag }}
{{- fail (printf "controller.extraArgs: --%s %s; take it out" $flag .) }}
{{- end }}
{{- end }}
{{- end }}

{{/*
The webhook of the Go program makes its configurations itself, so helm does not take them away with it. Those of
vm-dhcp webhook have the same name, and a label; where it is enabled, it makes them its own.
*/}}
{{- define "vm-dhcp.validateUpgrade" -}}
{{- $name := include "vm-dhcp.webhook.fullname" . }}
{{- $found := lookup "admissionregistration.k8s.io/v1" "ValidatingWebhookConfiguration" "" $name }}
{{- if and $found (not .Values.webhook.enabled) (ne "vm-dhcp" (dig "metadata" "labels" "app.kubernetes.io/managed-by" "" $found)) }}
{{- fail (printf "the API server still asks the webhook of the Go program about each IPPool: once it is gone, every change of one would be refused. Before you repeat this, run: kubectl delete validatingwebhookconfiguration,mutatingwebhookconfiguration %s" $name) }}
{{- end }}
{{- end }}

{{/*
Controllers of a second release would stand by for ever. A release shows by its Role where leaders are elected;
one that has lost its namespace is installed there again.
*/}}
{{- define "vm-dhcp.validateOnlyRelease" -}}
{{- $own := printf "%s/%s" .Release.Namespace .Release.Name }}
{{- if .Release.IsInstall }}
{{- range (lookup "rbac.authorization.k8s.io/v1" "Role" "kube-system" "").items }}
{{- $name := dig "annotations" "meta.helm.sh/release-name" "" .metadata }}
{{- $namespace := dig "annotations" "meta.helm.sh/release-namespace" "" .metadata }}
{{- $isOurs := dig "labels" "helm.sh/chart" "" .metadata | hasPrefix (printf "%s-" $.Chart.Name) }}
{{- if and $isOurs $name (ne $own (printf "%s/%s" $namespace $name)) }}
{{- fail (printf "the release %s in the namespace %s serves this cluster, and controllers of a second one would stand by for ever. Upgrade that one, or remove it first: helm uninstall %s --namespace %s. If helm does not know it any more, run: kubectl delete role,rolebinding,clusterrole,clusterrolebinding --all-namespaces -l app.kubernetes.io/instance=%s,app.kubernetes.io/name=%s" $name $namespace $name $namespace $name (index .metadata.labels "app.kubernetes.io/name")) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* The rights move to this account at once, also those of the controller that would go on with another. */}}
{{- define "vm-dhcp.validateAccount" -}}
{{- $name := .Values.serviceAccount.name }}
{{- if and (not .Values.serviceAccount.create) $name (lookup "v1" "Namespace" "" .Release.Namespace) }}
{{- if not (lookup "v1" "ServiceAccount" .Release.Namespace $name) }}
{{- fail (printf "serviceAccount.name: there is no ServiceAccount %s in the namespace %s; make it first, or have it made by serviceAccount.create: true" $name .Release.Namespace) }}
{{- end }}
{{- end }}
{{- end }}

{{/* Pods wait for a Secret that is not there until somebody looks at them. */}}
{{- define "vm-dhcp.validateCertificate" -}}
{{- if .Values.webhook.enabled }}
{{- $tls := .Values.webhook.tls }}
{{- if and $tls.certManager.enabled (not (dig "name" "" ($tls.certManager.issuerRef | default dict))) }}
{{- fail "webhook.tls.certManager.issuerRef: name the Issuer or ClusterIssuer of cert-manager, such as {name: ca, kind: ClusterIssuer}" }}
{{- end }}
{{- if and $tls.secretName (not $tls.certManager.enabled) (lookup "v1" "Namespace" "" .Release.Namespace) }}
{{- if not (lookup "v1" "Secret" .Release.Namespace $tls.secretName) }}
{{- fail (printf "webhook.tls.secretName: there is no Secret %s in the namespace %s; make it first, with tls.crt, tls.key and ca.crt, or leave the certificate to the webhook" $tls.secretName .Release.Namespace) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Values of the Go program's chart that are accepted although they do nothing, each with the reason. */}}
{{- define "vm-dhcp.withoutEffect" -}}
{{- range $key, $why := dict "image" "it has the image of the controller" "httpsPort" "its Service leads there" "service" "API servers ask at port 443 of a ClusterIP" }}
{{- if hasKey $.Values.webhook $key }}
- "webhook.{{ $key }}: {{ $why }}"
{{- end }}
{{- end }}
{{- if and .Values.serviceCIDR (not .Values.webhook.enabled) }}
- "serviceCIDR: is for the webhook, which webhook.enabled: true makes"
{{- end }}
{{- if .Values.autoscaling }}
- "autoscaling: one controller works however many there are; set replicaCount"
{{- end }}
{{- if .Values.ingress }}
- "ingress: the endpoints are for the cluster only"
{{- end }}
{{- if hasKey .Values.service "port" }}
- "service.port: is called service.metricsPort"
{{- end }}
{{- end }}
