{
  "targets": [
    {
      "target_name": "pike",
      "sources": ["canary.cc"],
      "defines": ["NAPI_VERSION=8"]
    }
  ]
}
