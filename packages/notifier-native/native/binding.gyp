{
  "variables": {
    "kqueue%": "",
    "kqueue_sources%": "",
    "kqueue_ldflags%": "",
    "kqueue_libraries%": ""
  },
  "targets": [
    {
      "target_name": "pike",
      "sources": [
        "<!@(node sources.js <(OS) <(kqueue))"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": [
        "NAPI_VERSION=8",
        "NAPI_DISABLE_CPP_EXCEPTIONS",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"
      ],
      "cflags_cc": ["-std=c++17", "-Wall", "-Wextra", "-fvisibility=hidden", "-O2"],
      "cflags_cc!": ["-O3"],
      "ldflags": ["-Wl,-z,nodelete"],
      "conditions": [
        ["OS=='win'", {
          "defines": ["WIN32_LEAN_AND_MEAN", "NOMINMAX", "_WIN32_WINNT=0x0A00"],
          "libraries": ["-lws2_32.lib", "-lmswsock.lib"],
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/std:c++17", "/utf-8"] } }
        }],
        [
          "kqueue!=''",
          {
            "sources": ["<@(kqueue_sources)"],
            "include_dirs": ["<(kqueue)"],
            "ldflags": ["<@(kqueue_ldflags)"],
            "libraries": ["<@(kqueue_libraries)"]
          }
        ]
      ]
    }
  ]
}
