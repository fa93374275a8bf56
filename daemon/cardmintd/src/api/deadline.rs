//! How long a request may take.
//!
//! Guarantee: a client that sends slowly, or nothing more, is answered 408 and let go; so is one whose answer takes longer than
//! anything that is done for a request may take.

use std::time::Duration;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::middleware::Next;

use super::error::ApiError;
use crate::operations::PLUGINS_TIMEOUT;

/// What a request may take.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    /// Without a body; more than any wait for those who do what is asked.
    pub least: Duration,
    /// Slowest a body may come, in bytes a second.
    pub slowest: u64,
}

impl Default for Deadline {
    fn default() -> Self {
        Self { least: PLUGINS_TIMEOUT + Duration::from_secs(30), slowest: 256 * 1024 }
    }
}

impl Deadline {
    fn of(self, bytes: u64) -> Duration {
        self.least + Duration::from_secs(bytes.div_ceil(self.slowest.max(1)))
    }

    /// Has the request answered in time. A body of undeclared length gets no more time than none.
    ///
    /// # Errors
    /// 408; the inner service's.
    pub async fn keep<B: MessageBody>(
        self,
        request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<B>, Error> {
        let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let most = self.of(length.unwrap_or(0));
        match tokio::time::timeout(most, next.call(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(ApiError::too_slow(format!("the request took longer than {} s", most.as_secs())).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::dev::Service as _;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, init_service};
    use actix_web::{App, HttpResponse, web};

    use super::*;

    #[actix_web::test]
    async fn a_request_that_does_not_end_is_let_go() {
        let deadline = Deadline { least: Duration::from_millis(20), slowest: u64::MAX };
        // A handler that waits for a body waits just like this.
        let endless = || async { std::future::pending::<HttpResponse>().await };
        let app = App::new()
            .wrap(from_fn(move |request, next| deadline.keep(request, next)))
            .route("/endless", web::get().to(endless))
            .route("/quick", web::get().to(HttpResponse::Ok));
        let service = init_service(app).await;
        let quick = service.call(TestRequest::with_uri("/quick").to_request()).await.unwrap();
        assert_eq!(quick.status(), 200);
        let error = service.call(TestRequest::with_uri("/endless").to_request()).await.unwrap_err();
        assert_eq!(error.as_response_error().status_code(), 408);
    }

    #[test]
    fn a_large_body_gets_the_time_it_needs() {
        let deadline = Deadline { least: Duration::from_secs(5), slowest: 1_000 };
        assert_eq!(deadline.of(0), Duration::from_secs(5));
        assert_eq!(deadline.of(10_001), Duration::from_secs(16));
        assert_eq!(Deadline { slowest: 0, ..deadline }.of(3), Duration::from_secs(8));
    }
}
