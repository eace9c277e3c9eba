#!/bin/bash
# Gives Kibana's user its password and the product a user of its own, who may do everything with its own indices.
set -euo pipefail
put() {
  curl --silent --show-error --fail --output /dev/null --user "elastic:$ELASTIC_PASSWORD" --request PUT \
    --header 'content-type: application/json' --data "$2" "http://elasticsearch:9200/_security/$1"
}
put user/kibana_system/_password "{\"password\":\"$KIBANA_PASSWORD\"}"
put role/hallabong '{"cluster":["monitor","manage_index_templates"],"indices":[{"names":["hallabong*"],"privileges":["all"]}]}'
put user/hallabong "{\"password\":\"$ELASTICSEARCH_PASSWORD\",\"roles\":[\"hallabong\"]}"
