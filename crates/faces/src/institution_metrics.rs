//! How institutions do, for `/metrics`: from figures that the engine reads from the store every fifteen seconds at
//! most. Labels are bounded there: the institutions with most members, and one sum of all others.
use engine::operator::{Figures, OUTCOMES};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, NoLabelSet},
    metrics::{MetricType, exemplar::Exemplar},
};
use std::{fmt, sync::Arc};

/// The figures of a moment, to be scraped.
#[derive(Debug)]
pub(crate) struct InstitutionMetrics(pub(crate) Arc<Figures>);

impl Collector for InstitutionMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let Self(figures) = self;
        self.members(&mut encoder)?;
        self.ended(&mut encoder)?;
        self.freshness(&mut encoder)?;
        for (name, help, value) in [
            ("jobs_due", "Jobs that are due", figures.due_jobs),
            (
                "oldest_due_job_age_seconds",
                "Time since the first job that is due was",
                figures.oldest_due_seconds,
            ),
        ] {
            encoder.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)?;
        }
        Ok(())
    }
}

impl InstitutionMetrics {
    fn members(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Members by institution and connection status";
        let mut members = encoder.encode_descriptor("members", help, None, MetricType::Gauge)?;
        for institution in &self.0.institutions {
            for (status, count) in &institution.members {
                members
                    .encode_family(&[("institution", institution.code.as_str()), ("status", status)])?
                    .encode_gauge(count)?;
            }
        }
        Ok(())
    }

    fn ended(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Jobs that ended since this process began, of all nodes, by institution and outcome";
        let mut ended = encoder.encode_descriptor("jobs_ended", help, None, MetricType::Counter)?;
        for institution in &self.0.institutions {
            for (outcome, count) in OUTCOMES.into_iter().zip(&institution.ended) {
                // The two that a success rate is made of are there from the beginning.
                if *count > 0 || matches!(outcome, "completed" | "institution") {
                    ended
                        .encode_family(&[("institution", institution.code.as_str()), ("outcome", outcome)])?
                        .encode_counter(count, None::<&Exemplar<NoLabelSet, u64>>)?;
                }
            }
        }
        Ok(())
    }

    fn freshness(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Members that update by themselves and had no success for two background intervals";
        let mut stale = encoder.encode_descriptor("members_stale", help, None, MetricType::Gauge)?;
        for institution in &self.0.institutions {
            let labels = [("institution", institution.code.as_str())];
            stale.encode_family(&labels)?.encode_gauge(&institution.stale)?;
        }
        let help = "Service time of the latest success of any member, seconds since 1970";
        let mut latest =
            encoder.encode_descriptor("last_success_timestamp_seconds", help, None, MetricType::Gauge)?;
        for institution in &self.0.institutions {
            if let Some(at) = institution.latest_success {
                let labels = [("institution", institution.code.as_str())];
                latest.encode_family(&labels)?.encode_gauge(&at.as_seconds())?;
            }
        }
        let help = "Age of the success that is longest ago, of members that update by themselves";
        let mut oldest =
            encoder.encode_descriptor("oldest_success_age_seconds", help, None, MetricType::Gauge)?;
        for institution in &self.0.institutions {
            if let Some(at) = institution.oldest_success {
                let labels = [("institution", institution.code.as_str())];
                let age = self.0.at.micros_since(at) / 1_000_000;
                oldest.encode_family(&labels)?.encode_gauge(&age.max(0))?;
            }
        }
        Ok(())
    }
}
