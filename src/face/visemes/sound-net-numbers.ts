/** Made by testing/train-sound-net.ts; see there for what the net learned from. */
export const SOUND_NET_NUMBERS = {
  /** Mean level of each band in speech, dB relative to loud speech. */
  usualDb: [
    -21.5, -20.94, -19.97, -22.5, -28.3, -33.74, -37.17, -39.59, -40, -41.16, -43.65, -41.6, -36.25,
    -36.69, -34.71, -35.42, -43.99, -50.25, -52.63, -49.24,
  ],
  /** Mean and deviation of each coefficient: the net wants them as multiples of the deviation. */
  means: [-41.37, 4.2, 1.19, 2.21, -1.15, -0.03, 0.01, -0.83, 0.14, -0.24],
  deviations: [10.13, 4.29, 2.32, 3.1, 2.18, 1.82, 1.73, 1.39, 1.19, 1.11],
  /** Weights are these times bytes −127..127, in Base64. */
  hiddenUnit: 0.016844,
  outputUnit: 0.020312,
  hidden: [
    "Bfj//Pz7/f0A/QIG/vwCBPoCBP8qCv8RFvzw+AYKJe7+CBoJ7PMQ//b9AQkECf34AQL9A/4C+gD2/P4F9wEB/gMC/vsG",
    "AUz8AP/5+wYMCAgJHgsI+Pr6/fkJDjTnEvzy+BMFChQU7hwKA/IEBvwHFO0K9vfz9gEKCQ8G9fLzDP3/B/wJ/QTz/wID",
    "B/4D6fr7CQb4/wD6Afq6/fQM+QsF/wL+teb0A/QUEwT4AOPuJgYJFw0KDQUQFu4TAwX5DwkRCfP79vv4+fcHBf/7/QL+",
    "/vv+/PoeCvoI+fkC+P32BPz/Bvv3/vju/fgLAfsPAugBDPz3C8L9HfDyCA3x9AL//wT78/cDCvANBPXz9v35/Af+AQMB",
    "/QYK/gQE/0MDCQP7AAL/BAADBuj6Bfr9BAP//wjY5Q7xDQYCBfgFxO4U+xERAgnzAu/6///6BwAF/ADz/PTzAff+Avv8",
    "BgX3BPsB/wL+1wf+CgT6+wEF9QHn9Qv3+v4H+AYGBAr97xkEGhYMAxgL6N4gEhEQE/8JCezeHA0CBgn9BP/4+/78CgIF",
    "/QcH/QADAwEK/P/OCP//ARH4Bv79Ah8ICwID+/f+AgIdDiPm+PwQ/BP8IfTyvfvy6vUS+xjwCe4EDPsCBAD3Bv8LCAcN",
    "/gb3BvcCDAEXBQQF+g4DBvjw/v0J/QQJ/gf9Cf0BDf0HBwkY9/f/AQYFEw8UHgbTD/4HDgEF/xTxKPf1CQMHBQca7Arv",
    "EgMDGwjl/vX8AQgHBA/8DQEM9vP9+v3+A/sL+QUI8v73+/j48AsCEuwF8/0C+rTc3Nf1/vz//Qzwzh0SBAT8BfX8DAgS",
    "BQELAgH9AAf79vz+/P8F/QUB/f4AAwf/AQACBAMF+gEA/PwD/v35/Q/l+/D78/v/IQ4+sv/5GQDwAgUfDen7Awn7AwUD",
    "AQH/APz6AAADAwwDAwMCAwYBBeADCv3//QYBA/wDB/r2B/8MDgIFBv8L+v8ICwcJCAjwDUgIGBb2Bgrx6wv7CQL5+wIB",
    "//4BCAEJCAgFAwn5//4BBwEECgMDAfr8/vv9CvQABfX7BQIBBv75APv/6A/sBu/n9vbvALIj0z3D4gb53xHwAgMC+fr8",
    "AwAC8Qf3CQEB9vv6BPAA/AD8/wD6/v7zAAX8/wn1/QL8B/wP/Q/3B/sH+wH/Bg4d8/L4EQQH8QoQFc4J6Qrv9/cODPTz",
    "9Pj48PX5CQgB/vMKBvn2DAj2Bu4G/BP7BNAD+gv89//6+vv77woEDwH9//4DA8T+7vXo6fH8A/3zJ/IE/u/h/fr6+gr7",
    "Avz7AgQOAvb39PP38Pz7AP76AQD6/Pv9+v7+QvYEAA32Bv38/f39+gD4Af8H+/4EHwb4+x31DRsK/1npIe8j6gEkAvkO",
    "CvcAIvz/FgIK+PkI/QYLBgsBCvMFAAAGAwEG+wPEAAAAAv3+Av8C//z9/QT6CPwB//kJ4wP6//8BAQb/f0kLGgLz+Ov0",
    "/P4F8QcIDAQB/gAA9gj2AAD8/gIE9gUBBvv8//4AB5T9Avv4+/n3/wH5+/4BC/wH+/oD+fXkCwvzAAMAEQP1vAsz+hQM",
    "/iAbCPv5CAsPCAcECPv49gX1AQD+Bv35B/39AgAA/AH3own/BwAFAwL+AAUcBQEHEAYGBgEI//QACwgJAvwDBBL3E0ce",
    "Ef4HCfr+9QUPAQcB/gX6CvcEAAsFCAgGBv72AwIDBQEECAgp+v4B//cD+gL//Nvx9vUB9wQD/wMqBvf1FPD2/+/8z+72",
    "6vPo6/H16fwX9fr87/cAAgAA/vz6+wD1/fr/9wT9BwQAAgP8/hcC+wj3ARACBQ8CBQb+BAMAAwz3+QgU9voT9wIG+fYv",
    "BtsVE9UX/d/7Av4DAAj1Bv7z9wYF/w4ECAoN/vwDBvMB/vv+AvkBIv33BAQH/fb8+wLwAPsGAw7+AgH8DAX7BgsDFBMM",
    "/PTK4Afu/hUSHg7uGPX9/P8J/QMA+/3/BAD9/AX3AAz9/gMFBPf7//cw/QECAwEDAfwA/PAA+/sD/gP6APr+CAL8Cgn/",
    "/vn/AvP/CAgCDwMBCkHtEwvs/Pf+Bf443BH4AOj5AgkJCvYE+AD6//8C/VUD/AD8AwEEAAX9Bf75/AUC+gX7+ATqCw0N",
    "7gH7/wkYrVL2Aeod2gAVDvgK+gb4C/wGBf3/AQAF9QL9/QL2Bgj8Af799gD8zvLyDAL99wLy+wXxAhH+E/sB/f7/8+Qg",
    "CgAA6fP55+37J/j9JPv2D+EL/Qjw/wH8+f76CgMH8f79Av0D/vf8BP33//z7CgTQ",
  ].join(""),
  output: [
    "3QMS+98V4gwq9REhAAfiJQAEMPYynP4KZgjFMj7gCMj77Tfg4+TO1fblG9AR8cK44fAiHwL2+Bb13xUXBJnvGamt8wQb",
    "P+vmOgqB+vkIFfnt//wUJh7N8t/01Anh8u8GFFj4piLnIh0bCBMOIyAm6/EpE9YA4eAGBAM78NpQCETpKy3jBAcO4BpA",
    "BCeatQHB7QgBB+X44ScDvwHk3uwL6eLA/NpYsHIA+y3zNB7w8AgVAgcjExfTKi7zBN+qRc0TFeHy4Ao5Jbse8uH1rfXq",
    "BMfM7P0SGhXJKcjw9swU+f8p+rrX7vFZJRb4/yPp/jEQL0gvPwasC+jUsvAS5uMnGgo0AwwNFuYZCR7g7PD0NSwIEjP7",
    "AP3dHPkjB/7x0iU7GA1J7lNA5v4XCMUaFwP7JzX1EfnGnhhNH9z2Kwnv4hnmIAwgK5QJ0xvYxwoS9e7p5gkv71XL5SLF",
    "/BUH++zQAuYvGr4o2M8UVhTyD/AxKcITPO4gyDEd",
  ].join(""),
} as const;
