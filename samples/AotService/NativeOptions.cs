// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Heliograph.Samples.AotService;

internal sealed class NativeOptions
{
    [Range(1, 100)]
    public int Limit { get; set; } = 1;
}

[OptionsValidator]
internal sealed partial class NativeOptionsValidator : IValidateOptions<NativeOptions>;
