// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Heliograph.Samples.AspNetService;

internal sealed class WebOptions
{
    [Required]
    public string Greeting { get; set; } = "Hello";

    [Range(1, 1_000)]
    public int MaxItems { get; set; } = 10;
}

[OptionsValidator] // generated: ready for trimming
internal sealed partial class WebOptionsValidator : IValidateOptions<WebOptions>;
