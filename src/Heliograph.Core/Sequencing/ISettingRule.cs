// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Sequencing;

/// <summary>What a host asks of settings beyond their form: judged wherever one is written, before anything waits for the sequencer. Pure and thread-safe.</summary>
/// <remarks>A setting whose content stays as it is (it is only locked, or tagged) is not judged again, and neither is a rollback: what stands, or stood, may come back.</remarks>
public interface ISettingRule
{
    /// <summary>Why a setting may not be written, without quoting its value; <see langword="null"/> if it may.</summary>
    /// <param name="setting">What is to be written; its form was checked.</param>
    string? Fault(Setting setting);
}
